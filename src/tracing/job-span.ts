import { context, SpanKind, type Context } from '@opentelemetry/api';
import { ATTR } from './attributes.js';
import { carried, carry, linksTo, type Carrier } from './carrier.js';
import { errorTypeOf, fail, inSpan, open, type OpenSpan } from './span.js';

interface Sendable {
  data: { actionId: string; trace?: Carrier };
}

const about = (operation: 'send' | 'process', queue: string) => ({
  [ATTR.messaging]: 'pg-boss',
  [ATTR.operation]: operation,
  [ATTR.operationType]: operation,
  [ATTR.queue]: queue,
});

/** Inserts jobs, each with the context of its send span. */
export async function inSendSpans<Job extends Sendable>(
  queue: string,
  jobs: readonly { job: Job; parent: Context }[],
  insert: (jobs: Job[]) => Promise<unknown>,
): Promise<void> {
  const spans = jobs.map(({ job, parent }) => {
    const attributes = { ...about('send', queue), [ATTR.action]: job.data.actionId };
    return open(`send ${queue}`, { kind: SpanKind.PRODUCER, attributes }, parent);
  });
  try {
    await insert(jobs.map(({ job }, n) => withContext(job, (spans[n] as OpenSpan).context)));
  } catch (error) {
    spans.forEach(({ span }) => fail(span, errorTypeOf(error)));
    throw error;
  } finally {
    spans.forEach(({ span }) => span.end());
  }
}

function withContext<Job extends Sendable>(job: Job, from: Context): Job {
  const carrier = carry(from);
  return carrier === null ? job : { ...job, data: { ...job.data, trace: carrier } };
}

interface Received extends Sendable {
  id: string;
  retryCount: number;
}

/** Attributes of the action, known after the claim. */
interface Claimed {
  action: string;
  attempt: number;
  installationId: string;
  resourceId: string;
  deploymentId: string;
  traceparent: string | null;
}

/** The span of processing a job, from fetching to completion. */
export class JobSpan {
  private constructor(private readonly opened: OpenSpan) {}

  static of(queue: string, { id, retryCount, data }: Received): JobSpan {
    const attributes = {
      ...about('process', queue),
      [ATTR.job]: id,
      [ATTR.retries]: retryCount,
      [ATTR.action]: data.actionId,
    };
    return new JobSpan(
      open(`process ${queue}`, { kind: SpanKind.CONSUMER, attributes }, carried(data.trace)),
    );
  }

  /** Runs `work` in the context of this job. */
  run<T>(work: () => T): T {
    return context.with(this.opened.context, work);
  }

  claimed(view: Claimed): void {
    const { span } = this.opened;
    span.setAttributes({
      [ATTR.slug]: view.action,
      [ATTR.attempt]: view.attempt,
      [ATTR.installation]: view.installationId,
      [ATTR.resource]: view.resourceId,
      [ATTR.deployment]: view.deploymentId,
    });
    if (view.traceparent !== null) this.linkToStart(view.traceparent);
  }

  /**
   * Links to the trace of the start webhook, because a job of another webhook or of the sweeper has a
   * different trace.
   */
  private linkToStart(traceparent: string): void {
    const { span } = this.opened;
    const { traceId } = span.spanContext();
    for (const link of linksTo({ traceparent })) if (link.context.traceId !== traceId) span.addLink(link);
  }

  /** Ends the span of a job that could not be claimed. */
  abandon(error: unknown): void {
    this.failed(error);
    this.end('unclaimed');
  }

  failed(error: unknown): void {
    fail(this.opened.span, errorTypeOf(error));
  }

  /** @param result the result of the job: `done`, `defer`, `handed-back`, or `nothing` if no work was due */
  end(result: string, action?: { state: string; reason: string | null }): void {
    const { span } = this.opened;
    span.setAttribute(ATTR.result, result);
    if (action !== undefined) span.setAttribute(ATTR.state, action.state);
    if (action?.state === 'failing' || action?.state === 'failed') fail(span, action.reason ?? '_OTHER');
    span.end();
  }
}

/** Runs a job of a scheduled queue, which starts a new trace. */
export function inProcessSpan<T>(queue: string, job: { id: string }, work: () => Promise<T>): Promise<T> {
  const attributes = { ...about('process', queue), [ATTR.job]: job.id };
  return inSpan(`process ${queue}`, { kind: SpanKind.CONSUMER, attributes, root: true }, work);
}
