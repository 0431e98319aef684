import { existsSync } from 'node:fs';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notFound, PROBLEM_JSON } from '../http/problems/problem.js';
import { PACKAGE_FOLDER } from '../version.js';
import { policyOf } from './policy.js';
import { signInOf, type IdentityProvider } from './sign-in.js';

/** The folder with the built pages. */
const BUILT = join(PACKAGE_FOLDER, 'dist', 'web');
/** Vite names these files by a hash of their content. */
const ASSETS = '/assets/';
const IMMUTABLE = 'public, max-age=31536000, immutable';

/**
 * Serves the operators' console under `/console`: its files, and the page at every other address below it.
 * Anybody may load these files: the data comes from the API, which requires a token.
 *
 * Only registers: Fastify loads the plugin when the server becomes ready. To await it here would boot Fastify
 * before Nest has set its error handler, and a stream that fails at its first row would be answered 500.
 *
 * @param folder the folder with the built pages
 */
export function serveConsole(
  server: FastifyInstance,
  provider: IdentityProvider | null,
  folder: string = BUILT,
): void {
  const serve = async (scope: FastifyInstance): Promise<void> => {
    await scope.register(helmet, policyOf(provider));
    scope.get('/sign-in.json', (_, reply) =>
      reply.header('cache-control', 'no-store').send(signInOf(provider)),
    );
    if (existsSync(folder)) await servePages(scope, folder);
    else scope.get('/*', (_, reply) => refuse(reply, 'the console has not been built: run npm run build'));
  };
  void server.register(serve, { prefix: '/console' });
}

async function servePages(scope: FastifyInstance, root: string): Promise<void> {
  const setHeaders = (reply: FastifyReply, path: string): void => {
    reply.header('cache-control', path.includes(ASSETS) ? IMMUTABLE : 'no-store');
  };
  await scope.register(fastifyStatic, {
    root,
    wildcard: false,
    index: false,
    cacheControl: false,
    setHeaders,
  });
  const page = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    // A page of an earlier version requests files that no longer exist. The page itself would be a wrong
    // answer.
    request.url.includes(ASSETS) ? refuse(reply, 'the file does not exist') : reply.sendFile('index.html');
  scope.get('/', page);
  scope.get('/*', page);
}

function refuse(reply: FastifyReply, detail: string): FastifyReply {
  const { body } = notFound(detail);
  return reply.status(404).type(PROBLEM_JSON).send(JSON.stringify(body));
}
