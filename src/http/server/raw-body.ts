import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem.js';

/** Largest body of any request, in bytes. */
export const BODY_LIMIT = 256 * 1024;

/**
 * Installs the body parsers. Webhooks keep their raw bytes, whatever their content type, because the
 * signature covers the bytes. Other bodies must be JSON and are rejected with 415 otherwise.
 */
export function parseBodies(fastify: FastifyInstance): void {
  const readJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRequest', (request, _reply, done) => {
    // Also replaces content types that are not valid media types.
    if (isWebhook(request)) request.headers['content-type'] = 'application/json';
    done();
  });
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (isWebhook(request)) done(null, body);
    else void readJson(request, body.toString(), done);
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (isWebhook(request)) done(null, body);
    else done(new Problem('unsupported-media-type', 'send application/json'));
  });
}

function isWebhook(request: FastifyRequest): boolean {
  return request.routeOptions.url?.startsWith('/webhooks/') === true;
}
