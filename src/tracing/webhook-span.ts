import { context, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { ATTR } from './attributes.js';
import { linksTo, type Carrier } from './carrier.js';
import { errorTypeOf, fail, open, type OpenSpan } from './span.js';

const ROUTE = '/webhooks/vercel';

interface Request {
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Runs what makes of a signed webhook what it says. It begins a trace of its own: a context that came with the request is linked, not
 * continued, because the signature does not cover headers and whether a trace is kept is not a stranger's to decide.
 */
export async function inWebhookSpan<T>(
  request: Request,
  success: number,
  work: () => Promise<T>,
): Promise<T> {
  const { span, context: inside } = begin(request);
  try {
    const answer = await context.with(inside, work);
    span.setAttribute(ATTR.status, success);
    return answer;
  } catch (error) {
    const status = statusOf(error);
    span.setAttribute(ATTR.status, status);
    // The caller's mistakes are no failures of ours.
    if (status >= 500) fail(span, status === 500 ? errorTypeOf(error) : `${status}`);
    throw error;
  } finally {
    span.end();
  }
}

function begin(request: Request): OpenSpan {
  const attributes = {
    [ATTR.method]: 'POST',
    [ATTR.route]: ROUTE,
    [ATTR.path]: ROUTE,
    [ATTR.scheme]: request.protocol,
  };
  const options = { kind: SpanKind.SERVER, attributes, links: linksTo(incoming(request)) };
  return open(`POST ${ROUTE}`, options, ROOT_CONTEXT);
}

/** Without its `tracestate`: that is free text, and would be in our traces. */
function incoming({ headers: { traceparent } }: Request): Carrier | undefined {
  return typeof traceparent === 'string' ? { traceparent } : undefined;
}

/** Anything but an answer that was meant is answered 500. */
function statusOf(error: unknown): number {
  const { getStatus } = (error ?? {}) as { getStatus?: () => unknown };
  return typeof getStatus === 'function' ? Number(getStatus.call(error)) : 500;
}
