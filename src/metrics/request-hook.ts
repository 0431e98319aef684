import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLogged, logEvent } from '../log/log.js';
import { httpDuration, UNMATCHED } from './definitions/http.js';
import { webhooksRejected } from './definitions/intake.js';

const WEBHOOK = '/webhooks/vercel';
/** Status codes of webhooks with a valid signature, which the controller measures itself. */
const OF_WEBHOOKS = [202, 500, 503];
const TOO_LARGE = 413;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
/** Routes that machines call every few seconds. They are not logged. */
const QUIET = ['/livez', '/readyz', '/startupz', '/metrics'];

/**
 * Measures every request after its response, by the route's template because addresses may contain ids and
 * tokens.
 */
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
