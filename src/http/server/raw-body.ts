import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem.js';

/** Largest body of any request, in bytes. */
export const BODY_LIMIT = 256 * 1024;

/**
 * Webhooks keep their raw bytes, whatever type they claim: the signature is over these. Everything else is JSON, read with
 * Fastify's own parser, or refused with 415.
 */
export function parseBodies(fastify: FastifyInstance): void {
  const readJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (isWebhook(request)) request.headers['content-type'] = 'application/json'; // what is no media type at all included
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
