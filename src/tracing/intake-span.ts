import { SpanKind, trace, type Context } from '@opentelemetry/api';
import { ATTR } from './attributes.js';
import { carry, type Waiting } from './carrier.js';
import { errorTypeOf, fail, open, type OpenSpan } from './span.js';

interface Arrival {
  id: string;
  eventId: string;
  type: string;
  traceparent?: string;
}

/**
 * Runs the transaction that makes webhooks durable. They may be of many traces, and each trace has a span of its own for it; those that
 * share the transaction link to the first one's, so that N of them have N - 1 links.
 *
 * @param work gets, by a delivery's id, the context of the span that stands for it
 */
export async function inIntakeSpans<T extends Arrival, Answer extends { result: string }>(
  batch: readonly Waiting<T>[],
  work: (contexts: ReadonlyMap<string, Context>) => Promise<Answer[]>,
): Promise<Answer[]> {
  const spans = batch.map((one) => start(one, batch.length));
  shared(spans);
  try {
    const answers = await work(
      new Map(batch.map(({ item }, n) => [item.id, (spans[n] as OpenSpan).context])),
    );
    spans.forEach(({ span }, n) => span.setAttribute(ATTR.result, (answers[n] as Answer).result));
    return answers;
  } catch (error) {
    spans.forEach(({ span }) => fail(span, errorTypeOf(error)));
    throw error;
  } finally {
    spans.forEach(({ span }) => span.end());
  }
}

function start({ item, parent }: Waiting<Arrival>, size: number): OpenSpan {
  const attributes = {
    [ATTR.database]: 'postgresql',
    ...(size > 1 ? { [ATTR.batch]: size } : {}),
    [ATTR.delivery]: item.id,
    [ATTR.event]: item.eventId,
    [ATTR.eventType]: item.type,
  };
  return open('intake transaction', { kind: SpanKind.CLIENT, attributes }, parent);
}

function shared(spans: readonly OpenSpan[]): void {
  const first = spans[0]?.span.spanContext();
  if (first === undefined || !trace.isSpanContextValid(first)) return;
  for (const { span } of spans.slice(1)) span.addLink({ context: first });
}

/** The item with the place in its trace that later work on its action links to. */
export function marked<T extends object>({ item, parent }: Waiting<T>): T & { traceparent?: string } {
  const traceparent = carry(parent)?.traceparent;
  return traceparent === undefined ? item : { ...item, traceparent };
}
