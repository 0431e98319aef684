import type { FastifyHttpOptions } from 'fastify';
import type { Server } from 'node:http';

/** A request has to be there, its body included, this long after it began. */
export const REQUEST_MS = 30_000;
/** Its head has. A connection on which nothing is sent ends then, too. */
export const HEAD_MS = 15_000;
/** How often both are looked at. */
const LOOK_MS = 1_000;
/** A connection on which nothing moves in either direction ends; event streams say something every ten seconds. */
const SILENT_MS = 120_000;
/** Connections of one process at once. More are closed as they come. */
export const MOST_CONNECTIONS = 5_000;

/** For the server of a process: nobody holds a connection for longer than an honest client needs. */
export const DOOR = {
  requestTimeout: REQUEST_MS,
  connectionTimeout: SILENT_MS,
  http: { headersTimeout: HEAD_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: LOOK_MS },
} satisfies FastifyHttpOptions<Server>;
