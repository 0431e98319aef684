/** Interval of reports in ms, because an outage of the collector lasts for a while. */
const QUIET_MS = 60_000;

/** Reports that spans cannot be sent: rarely, and without addresses and headers. */
export class ExportFailures {
  private quietUntil = 0;

  constructor(
    private readonly report: (text: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  notSent(error: unknown): void {
    this.once(`traces: spans could not be sent: ${kindOf(error)}`);
  }

  /** Receives warnings of the SDK about dropped spans. */
  warn(message: string): void {
    const dropped = /^Dropped \d+ spans/.exec(message);
    if (dropped)
      this.once(`traces: ${dropped[0].toLowerCase()} because the queue is full (OTEL_BSP_MAX_QUEUE_SIZE)`);
  }

  private once(text: string): void {
    if (this.now() < this.quietUntil) return;
    this.quietUntil = this.now() + QUIET_MS;
    this.report(text);
  }
}

/** Timeout messages of the exporter and of the batch processor. */
const LATE = /^(Request timed out|Timeout)$/;

/**
 * Returns a status or a code such as `ECONNREFUSED`. Messages are left out because they contain addresses.
 */
function kindOf(error: unknown): string {
  const { code, cause, name, message } = (error ?? {}) as Partial<Record<string, unknown>>;
  if (typeof code === 'number') return `the collector answered ${code}`;
  if (typeof code === 'string') return code;
  if (typeof message === 'string' && LATE.test(message)) return 'no answer in time';
  if (cause !== undefined) return kindOf(cause);
  return typeof name === 'string' ? name : 'unknown error';
}
