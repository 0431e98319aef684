import { Inject, Injectable } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { DataSource } from 'typeorm';
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
import { READ_DATABASE } from '../database/database.constants.js';
import { Listener } from '../database/listener.js';
import { RelaxedSql, Sql } from '../database/sql.js';
import { connections, connectionsMax, connectionsWaiting } from '../metrics/definitions/database.js';

/** Reads the connection counts of all pools of this process. */
@Injectable()
export class PoolGauges {
  constructor(
    private readonly entities: DataSource,
    @Inject(READ_DATABASE) private readonly reads: DataSource,
    private readonly sql: Sql,
    private readonly relaxed: RelaxedSql,
    private readonly boss: PgBoss,
    private readonly listener: Listener,
  ) {}

  read(): void {
    for (const { name, max } of POOLS) connectionsMax.set({ pool: name }, max);
    for (const [pool, counts] of Object.entries(this.counts())) {
      connections.set({ pool, state: 'used' }, counts.totalCount - counts.idleCount);
      connections.set({ pool, state: 'idle' }, counts.idleCount);
      connectionsWaiting.set({ pool }, counts.waitingCount);
    }
  }

  private counts(): Record<string, PoolCounts> {
    return {
      [ENTITY_POOL.name]: poolOf(this.entities),
      [STORE_POOL.name]: this.sql.counts,
      [RELAXED_POOL.name]: this.relaxed.counts,
      [READ_POOL.name]: poolOf(this.reads),
      [QUEUE_POOL.name]: poolOfQueue(this.boss),
      [LISTENER.name]: { totalCount: this.listener.connected ? 1 : 0, idleCount: 0, waitingCount: 0 },
    };
  }
}
