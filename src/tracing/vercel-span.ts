import { SpanKind, type Span } from '@opentelemetry/api';
import { ATTR } from './attributes.js';
import { fail, inSpan } from './span.js';

/** Paths in Vercel's API documentation. */
const TEMPLATES = {
  getAccount: '/v1/installations/{integrationConfigurationId}/account',
  getDeployment: '/v13/deployments/{idOrUrl}',
  updateAction:
    '/v1/deployments/{deploymentId}/integrations/{integrationConfigurationId}' +
    '/resources/{resourceId}/actions/{action}',
} as const;

interface Call {
  readonly operation: keyof typeof TEMPLATES;
  readonly told: string | null;
  readonly about: { actionId: string; attempt: number } | null;
  readonly installationId: string;
  readonly deploymentId: string;
}

interface Request {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
}

type Exchange = { kind: 'answered'; status: number } | { kind: 'unanswered'; code: string };

/** Runs one attempt of a call to Vercel. Does not send the trace context, which Vercel does not use. */
export function inVercelSpan<E extends Exchange>(
  call: Call,
  request: Request,
  send: () => Promise<E>,
): Promise<E> {
  const template = TEMPLATES[call.operation];
  const attributes = { ...requested(request), [ATTR.template]: template, ...concerning(call) };
  return inSpan(`${request.method} ${template}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    const exchange = await send();
    describe(span, exchange);
    return exchange;
  });
}

/** Returns attributes of the request without headers (token), body (secrets) and query. */
function requested({ method, origin, path }: Request) {
  const { hostname, port, protocol, pathname } = new URL(path, origin);
  return {
    [ATTR.method]: method,
    [ATTR.url]: `${origin}${pathname}`,
    [ATTR.server]: hostname,
    [ATTR.port]: Number(port) || (protocol === 'https:' ? 443 : 80),
  };
}

function concerning({ operation, told, about, installationId, deploymentId }: Call) {
  return {
    [ATTR.vercel]: operation,
    [ATTR.installation]: installationId,
    [ATTR.deployment]: deploymentId,
    ...(told === null ? {} : { [ATTR.told]: told }),
    ...(about === null ? {} : { [ATTR.action]: about.actionId }),
    ...(about !== null && about.attempt > 1 ? { [ATTR.resends]: about.attempt - 1 } : {}),
  };
}

function describe(span: Span, exchange: Exchange): void {
  if (exchange.kind === 'unanswered') return fail(span, exchange.code);
  span.setAttribute(ATTR.status, exchange.status);
  if (exchange.status >= 400) fail(span, `${exchange.status}`);
}
