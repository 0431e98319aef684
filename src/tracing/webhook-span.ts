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
 * Runs the processing of a signed webhook in a new trace. Links to a trace context of the request instead of
 * continuing it: the signature does not cover headers, and a foreign client must not decide about sampling.
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
    // Errors of the client are not failures of the server.
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

/** Drops `tracestate`, which is free text of a foreign client. */
function incoming({ headers: { traceparent } }: Request): Carrier | undefined {
  return typeof traceparent === 'string' ? { traceparent } : undefined;
}

/** Returns the status of an HTTP exception, and 500 for every other error. */
function statusOf(error: unknown): number {
  const { getStatus } = (error ?? {}) as { getStatus?: () => unknown };
  return typeof getStatus === 'function' ? Number(getStatus.call(error)) : 500;
}
