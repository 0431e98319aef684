import {
  context,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';
import { ATTR } from './attributes.js';

/** Until tracing is on, spans of this record nothing and cost next to nothing. */
export const tracer = trace.getTracer('drawbridge');

/** A span, and the context in which others become its children. */
export interface OpenSpan {
  readonly span: Span;
  readonly context: Context;
}

export function open(name: string, options: SpanOptions, parent: Context = context.active()): OpenSpan {
  const span = tracer.startSpan(name, options, parent);
  return { span, context: trace.setSpan(parent, span) };
}

/** Runs `work` in a span, which ends with it; what it throws is passed on. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
  parent: Context = context.active(),
): Promise<T> {
  const { span, context: inside } = open(name, options, parent);
  try {
    return await context.with(inside, () => work(span));
  } catch (error) {
    fail(span, errorTypeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** `words` are seen by whoever reads traces: nothing that was not made fit to be shown. */
export function fail(span: Span, errorType: string, words?: string): void {
  span.setAttribute(ATTR.error, errorType);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(words === undefined ? {} : { message: words }) });
}

/** What kind of error it is, never its message, which may quote anything: an SQLSTATE or another code, else the name of its class. */
export function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : error.name;
}
