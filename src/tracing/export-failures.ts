/** A collector that is away is away for a while: said once, and again after so long. */
const QUIET_MS = 60_000;

/** Says that spans cannot be sent, seldom enough that this is no load of its own, and without what stands in addresses or headers. */
export class ExportFailures {
  private quietUntil = 0;

  constructor(
    private readonly say: (text: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  notSent(error: unknown): void {
    this.once(`traces: spans could not be sent: ${kindOf(error)}`);
  }

  /** The SDK's own words: of what was dropped and why. */
  warn(message: string): void {
    const dropped = /^Dropped \d+ spans/.exec(message);
    if (dropped) this.once(`traces: ${dropped[0].toLowerCase()}, more wait than OTEL_BSP_MAX_QUEUE_SIZE`);
  }

  private once(text: string): void {
    if (this.now() < this.quietUntil) return;
    this.quietUntil = this.now() + QUIET_MS;
    this.say(text);
  }
}

/** The exporter's words, and those of what gathers spans for it. */
const LATE = /^(Request timed out|Timeout)$/;

/** A status, or a code such as `ECONNREFUSED`; messages quote addresses. */
function kindOf(error: unknown): string {
  const { code, cause, name, message } = (error ?? {}) as Partial<Record<string, unknown>>;
  if (typeof code === 'number') return `the collector answered ${code}`;
  if (typeof code === 'string') return code;
  if (typeof message === 'string' && LATE.test(message)) return 'no answer in time';
  if (cause !== undefined) return kindOf(cause);
  return typeof name === 'string' ? name : 'no error';
}
