import { context, propagation, ROOT_CONTEXT, trace, type Context, type Link } from '@opentelemetry/api';

/** A context as it travels with a job: W3C Trace Context. */
export interface Carrier {
  traceparent?: string;
  tracestate?: string;
}

/** Null when there is nothing to carry: tracing is off. */
export function carry(from: Context): Carrier | null {
  const carrier: Carrier = {};
  propagation.inject(from, carrier);
  return carrier.traceparent === undefined ? null : carrier;
}

/** The context that was carried; without one, that of a new trace. */
export function carried(carrier: Carrier | undefined): Context {
  return carrier === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, carrier);
}

/** A link to what was carried, if that is a context. */
export function linksTo(carrier: Carrier | undefined): Link[] {
  const found = carrier === undefined ? undefined : trace.getSpanContext(carried(carrier));
  return found === undefined ? [] : [{ context: found }];
}

/** Something that waits for a transaction which it may share, and on whose behalf it does. */
export interface Waiting<T> {
  readonly item: T;
  readonly parent: Context;
}

export const waiting = <T>(item: T): Waiting<T> => ({ item, parent: context.active() });
