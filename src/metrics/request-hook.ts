import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLogged, logEvent } from '../log/log.js';
import { httpDuration, UNMATCHED } from './definitions/http.js';
import { webhooksRejected } from './definitions/intake.js';

const WEBHOOK = '/webhooks/vercel';
/** Of webhooks with a valid signature: the controller measures them itself. */
const OF_WEBHOOKS = [202, 500, 503];
const TOO_LARGE = 413;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
/** Asked every few seconds, by machines: no lines for them. */
const QUIET = ['/livez', '/readyz', '/startupz', '/metrics'];

/** Measures every request when its answer is out, by the route's template: an address may hold an id or a token. */
export function observeRequests(fastify: FastifyInstance): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    observe(request, reply);
    done();
  });
}

function observe(request: FastifyRequest, reply: FastifyReply): void {
  const route = request.routeOptions.url ?? UNMATCHED;
  const { statusCode: status, elapsedTime: durationMs } = reply;
  if (route === WEBHOOK) {
    if (OF_WEBHOOKS.includes(status)) return;
    if (status === TOO_LARGE) webhooksRejected.inc({ reason: 'too-large' });
  }
  const method = METHODS.includes(request.method) ? request.method : 'other';
  httpDuration.observe({ method, route, status }, durationMs / 1000);
  if (!isLogged('debug') || QUIET.includes(route)) return;
  logEvent('request', { requestId: request.id, method, route, status, durationMs: Math.round(durationMs) });
}
