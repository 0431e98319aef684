import { context, trace } from '@opentelemetry/api';

/** Returns the ids of the current trace and span for log lines; empty outside a trace. */
export function traceFields(): { trace_id?: string; span_id?: string } {
  const found = trace.getSpanContext(context.active());
  return found === undefined ? {} : { trace_id: found.traceId, span_id: found.spanId };
}
