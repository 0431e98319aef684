import type { PgBoss } from 'pg-boss';
import type { DataSource } from 'typeorm';
import type { Listener } from '../database/listener.js';
import {
  ENTITY_POOL,
  LISTENER,
  POOLS,
  QUEUE_POOL,
  READ_POOL,
  RELAXED_POOL,
  STORE_POOL,
  type PoolCounts,
} from '../database/connection/pools.js';
import { poolOf, poolOfQueue } from '../database/connection/sessions.js';
import type { RelaxedSql, Sql } from '../database/sql.js';
import { connections, connectionsMax, connectionsWaiting } from '../metrics/definitions/database.js';

export interface Connected {
  entities: DataSource;
  reads: DataSource;
  sql: Sql;
  relaxed: RelaxedSql;
  boss: PgBoss;
  listener: Listener;
}

/** Updates the gauges of the connection pools. */
export function readPools(connected: Connected): void {
  for (const { name, max } of POOLS) connectionsMax.set({ pool: name }, max);
  for (const [pool, counts] of Object.entries(countsOf(connected))) {
    connections.set({ pool, state: 'used' }, counts.totalCount - counts.idleCount);
    connections.set({ pool, state: 'idle' }, counts.idleCount);
    connectionsWaiting.set({ pool }, counts.waitingCount);
  }
}

function countsOf({ entities, reads, sql, relaxed, boss, listener }: Connected): Record<string, PoolCounts> {
  return {
    [ENTITY_POOL.name]: poolOf(entities),
    [STORE_POOL.name]: sql.counts,
    [RELAXED_POOL.name]: relaxed.counts,
    [READ_POOL.name]: poolOf(reads),
    [QUEUE_POOL.name]: poolOfQueue(boss),
    [LISTENER.name]: { totalCount: listener.connected ? 1 : 0, idleCount: 0, waitingCount: 0 },
  };
}
