/** Sizes of the pools that one process has. */
export const ENTITY_POOL = { name: 'entities', max: 4, statementTimeoutMs: 20_000 };
export const STORE_POOL = { name: 'store', max: 10, statementTimeoutMs: 20_000 };
export const RELAXED_POOL = { name: 'queue', max: 4, statementTimeoutMs: 20_000, durable: false };
export const READ_POOL = { name: 'read', max: 4, statementTimeoutMs: 10_000 };
/** pg-boss' own. */
export const QUEUE_POOL = { name: 'pg-boss', max: 2 };
/** A session that LISTENs. */
export const LISTENER = { name: 'listener', max: 1 };

export const POOLS = [ENTITY_POOL, STORE_POOL, RELAXED_POOL, READ_POOL, QUEUE_POOL, LISTENER];

/** How many connections a process opens at most. */
export const CONNECTIONS = POOLS.reduce((sum, { max }) => sum + max, 0);

/** What `pg` tells of a pool. */
export interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}
