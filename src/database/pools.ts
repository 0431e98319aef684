/** Sizes of the pools that one process has. */
export const ENTITY_POOL = { name: 'entities', max: 4, statementTimeoutMs: 20_000 };
export const STORE_POOL = { name: 'store', max: 10, statementTimeoutMs: 20_000 };
export const RELAXED_POOL = { name: 'queue', max: 4, statementTimeoutMs: 20_000, durable: false };
export const READ_POOL = { name: 'read', max: 4, statementTimeoutMs: 10_000 };
export const QUEUE_POOL = 2;

const LISTENER = 1;

/** How many connections a process opens at most. */
export const CONNECTIONS =
  ENTITY_POOL.max + STORE_POOL.max + RELAXED_POOL.max + READ_POOL.max + QUEUE_POOL + LISTENER;
