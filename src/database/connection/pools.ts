import type { POOL_LABELS } from '../../metrics/definitions/database.js';

/** One connection pool of a process. */
interface Pool {
  readonly name: (typeof POOL_LABELS)[number];
  /** Maximum number of connections. */
  readonly max: number;
  /** Milliseconds after which the server ends a statement of this pool. */
  readonly statementTimeoutMs?: number;
  /** False: a commit returns before the data is on disk. */
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
/** The pool that pg-boss opens itself. */
export const QUEUE_POOL = { name: 'pg-boss', max: 2 } satisfies Pool;
/** The session that executes LISTEN. */
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

/** Maximum number of connections of one process. */
export const CONNECTIONS = POOLS.reduce((sum, { max }) => sum + max, 0);

/** The counters of a `pg` pool. */
export interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}
