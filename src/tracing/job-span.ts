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

/** Inserts jobs, each with the context of a span that stands for its sending. */
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
    await insert(jobs.map(({ job }, n) => sealed(job, (spans[n] as OpenSpan).context)));
  } catch (error) {
    spans.forEach(({ span }) => fail(span, errorTypeOf(error)));
    throw error;
  } finally {
    spans.forEach(({ span }) => span.end());
  }
}

function sealed<Job extends Sendable>(job: Job, from: Context): Job {
  const carrier = carry(from);
  return carrier === null ? job : { ...job, data: { ...job.data, trace: carrier } };
}

interface Received extends Sendable {
  id: string;
  retryCount: number;
}

/** What is told of the action once it was claimed. */
interface Claimed {
  action: string;
  attempt: number;
  installationId: string;
  resourceId: string;
  deploymentId: string;
  traceparent: string | null;
}

/** The processing of one job, from when it was fetched until it is done with. */
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

  /** Whatever is done in `work` belongs to this job, whoever woke us up for it. */
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

  /** A step that another webhook or the sweeper asked for is in their trace. */
  private linkToStart(traceparent: string): void {
    const { span } = this.opened;
    const { traceId } = span.spanContext();
    for (const link of linksTo({ traceparent })) if (link.context.traceId !== traceId) span.addLink(link);
  }

  /** The job goes back as it came. */
  abandon(error: unknown): void {
    this.failed(error);
    this.end('unclaimed');
  }

  failed(error: unknown): void {
    fail(this.opened.span, errorTypeOf(error));
  }

  /** @param result how the job ended: `done`, `defer`, `handed-back`, or `nothing` when there was nothing to do */
  end(result: string, action?: { state: string; reason: string | null }): void {
    const { span } = this.opened;
    span.setAttribute(ATTR.result, result);
    if (action !== undefined) span.setAttribute(ATTR.state, action.state);
    if (action?.state === 'failing' || action?.state === 'failed') fail(span, action.reason ?? '_OTHER');
    span.end();
  }
}

/** Runs a job of another queue, which begins a trace: the schedule sent it. */
export function inProcessSpan<T>(queue: string, job: { id: string }, work: () => Promise<T>): Promise<T> {
  const attributes = { ...about('process', queue), [ATTR.job]: job.id };
  return inSpan(`process ${queue}`, { kind: SpanKind.CONSUMER, attributes, root: true }, work);
}
