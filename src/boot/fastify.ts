import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ShutdownState } from '../health/shutdown-state.js';
import { answerBadUrl } from '../http/problems/bad-url.js';
import { LONGEST_IN_PATH } from '../http/problems/id.pipe.js';
import { CONNECTION_LIMITS } from '../http/server/connection-limits.js';
import { BODY_LIMIT, parseBodies } from '../http/server/raw-body.js';
import { observeRequests } from '../metrics/request-hook.js';

/** Creates Fastify with Drawbridge's limits, body parsers and request metrics. */
export function createAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    ...CONNECTION_LIMITS,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    frameworkErrors: answerBadUrl,
    routerOptions: { maxParamLength: LONGEST_IN_PATH },
  });
  observeRequests(adapter.getInstance());
  parseBodies(adapter.getInstance());
  return adapter;
}

/**
 * Closes each connection after its next answer during a shutdown, so that clients reconnect to another
 * process.
 */
export function endConnectionsDuring(shutdown: ShutdownState, adapter: FastifyAdapter): void {
  adapter.getInstance().addHook('onSend', async (_, reply) => {
    if (shutdown.shuttingDown) reply.header('connection', 'close');
  });
}
