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
 * Runs the transaction that stores webhooks. The webhooks may belong to several traces, each of which gets a
 * span. All spans except the first link to the first, so N spans have N - 1 links.
 *
 * @param work receives the contexts of the spans, by delivery id
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

/** Adds the position in the trace to an item, so that later work on its action can link to it. */
export function marked<T extends object>({ item, parent }: Waiting<T>): T & { traceparent?: string } {
  const traceparent = carry(parent)?.traceparent;
  return traceparent === undefined ? item : { ...item, traceparent };
}
