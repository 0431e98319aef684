import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ShutdownState } from '../health/shutdown-state.js';
import { answerBadUrl } from '../http/problems/bad-url.js';
import { LONGEST_IN_PATH } from '../http/problems/id.pipe.js';
import { DOOR } from '../http/server/connection-limits.js';
import { BODY_LIMIT, parseBodies } from '../http/server/raw-body.js';
import { observeRequests } from '../metrics/request-hook.js';

/** Fastify with our limits, our body parsers and the metrics of requests. */
export function createAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    ...DOOR,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    frameworkErrors: answerBadUrl,
    routerOptions: { maxParamLength: LONGEST_IN_PATH },
  });
  observeRequests(adapter.getInstance());
  parseBodies(adapter.getInstance());
  return adapter;
}

/** During a shutdown each answer is the last of its connection, so that a client with open connections reconnects elsewhere. */
export function endConnectionsDuring(shutdown: ShutdownState, adapter: FastifyAdapter): void {
  adapter.getInstance().addHook('onSend', async (_, reply) => {
    if (shutdown.shuttingDown) reply.header('connection', 'close');
  });
}
