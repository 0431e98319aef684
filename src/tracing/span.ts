import {
  context,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type SpanOptions,
} from '@opentelemetry/api';
import { ATTR } from './attributes.js';

/** Spans of this tracer record nothing while tracing is off. */
export const tracer = trace.getTracer('drawbridge');

/** A span and the context for its children. */
export interface OpenSpan {
  readonly span: Span;
  readonly context: Context;
}

export function open(name: string, options: SpanOptions, parent: Context = context.active()): OpenSpan {
  const span = tracer.startSpan(name, options, parent);
  return { span, context: trace.setSpan(parent, span) };
}

/** Runs `work` in a span. Ends the span with `work` and rethrows its errors. */
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

/** Marks a span as failed. `message` is exported, so pass sanitized text only. */
export function fail(span: Span, errorType: string, message?: string): void {
  span.setAttribute(ATTR.error, errorType);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
}

/**
 * Returns the code of an error (such as an SQLSTATE), or the name of its class. Never the message, which may
 * contain data.
 */
export function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^\w{1,64}$/.test(code) ? code : error.name;
}
