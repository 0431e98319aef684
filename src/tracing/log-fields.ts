import { context, trace } from '@opentelemetry/api';

/** What finds the trace of a log line, and the line of a span; nothing outside of any. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const found = trace.getSpanContext(context.active());
  return found === undefined ? {} : { trace_id: found.traceId, span_id: found.spanId };
}
