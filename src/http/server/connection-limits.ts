import type { FastifyHttpOptions } from 'fastify';
import type { Server } from 'node:http';

/** Time limit in ms for receiving a whole request, including its body. */
export const REQUEST_MS = 30_000;
/**
 * Time limit in ms for receiving the head of a request. Also closes connections on which no request is sent.
 */
export const HEAD_MS = 15_000;
/** Interval in ms of checking both limits. */
const CHECK_MS = 1_000;
/**
 * Closes a connection without traffic in either direction. Event streams send a comment every ten seconds.
 */
const IDLE_MS = 120_000;
/** Limit of concurrent connections per process. Further connections are closed immediately. */
export const MOST_CONNECTIONS = 5_000;

/** Fastify options that disconnect slow or silent clients. */
export const CONNECTION_LIMITS = {
  requestTimeout: REQUEST_MS,
  connectionTimeout: IDLE_MS,
  http: { headersTimeout: HEAD_MS, requestTimeout: REQUEST_MS, connectionsCheckingInterval: CHECK_MS },
} satisfies FastifyHttpOptions<Server>;
