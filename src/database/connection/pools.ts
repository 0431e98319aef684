import type { POOL_LABELS } from '../../metrics/definitions/database.js';

/** A pool that one process has. */
interface Pool {
  readonly name: (typeof POOL_LABELS)[number];
  /** Connections that it opens at most. */
  readonly max: number;
  /** Milliseconds after which the server ends a statement of this pool. */
  readonly statementTimeoutMs?: number;
  /** False: a commit answers before it is on disk. */
  readonly durable?: boolean;
}

export const ENTITY_POOL = { name: 'entities', max: 4, statementTimeoutMs: 20_000 } satisfies Pool;
export const STORE_POOL = { name: 'store', max: 10, statementTimeoutMs: 20_000 } satisfies Pool;
export const RELAXED_POOL = {
  name: 'queue',
  max: 4,
  statementTimeoutMs: 20_000,
  durable: false,
} satisfies Pool;
export const READ_POOL = { name: 'read', max: 4, statementTimeoutMs: 10_000 } satisfies Pool;
/** pg-boss' own. */
export const QUEUE_POOL = { name: 'pg-boss', max: 2 } satisfies Pool;
/** A session that LISTENs. */
export const LISTENER = { name: 'listener', max: 1 } satisfies Pool;

type Named<Names extends readonly string[]> = {
  readonly [Index in keyof Names]: { readonly name: Names[Index] };
};

export const POOLS = [
  ENTITY_POOL,
  STORE_POOL,
  RELAXED_POOL,
  READ_POOL,
  QUEUE_POOL,
  LISTENER,
] as const satisfies Named<typeof POOL_LABELS>;

/** How many connections a process opens at most. */
export const CONNECTIONS = POOLS.reduce((sum, { max }) => sum + max, 0);

/** What `pg` tells of a pool. */
export interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}
