import { context, propagation, ROOT_CONTEXT, trace, type Context, type Link } from '@opentelemetry/api';

/** A context stored with a job, in the format W3C Trace Context. */
export interface Carrier {
  traceparent?: string;
  tracestate?: string;
}

/** Serializes a context; null if tracing is off. */
export function carry(from: Context): Carrier | null {
  const carrier: Carrier = {};
  propagation.inject(from, carrier);
  return carrier.traceparent === undefined ? null : carrier;
}

/** Restores a context; without a carrier, returns the context of a new trace. */
export function carried(carrier: Carrier | undefined): Context {
  return carrier === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, carrier);
}

/** Returns a link to the carried context, if it is valid. */
export function linksTo(carrier: Carrier | undefined): Link[] {
  const found = carrier === undefined ? undefined : trace.getSpanContext(carried(carrier));
  return found === undefined ? [] : [{ context: found }];
}

/** An item that waits for a shared transaction, with the context that requested it. */
export interface Waiting<T> {
  readonly item: T;
  readonly parent: Context;
}

export const waiting = <T>(item: T): Waiting<T> => ({ item, parent: context.active() });
