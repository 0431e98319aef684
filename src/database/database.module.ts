import {
  Global,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PgBoss } from 'pg-boss';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './schema/data-source.js';
import { DatabaseWatch } from './connection/database-watch.js';
import { READ, READ_DATABASE } from './database.constants.js';
import { Listener } from './listener.js';
import { ENTITY_POOL, QUEUE_POOL, READ_POOL, RELAXED_POOL, STORE_POOL } from './connection/pools.js';
import type { DatabaseAccess } from './connection/pooling.js';
import { createQueue, sessionsOfQueue, startQueue } from './queue/queue.js';
import { poolOf } from './connection/sessions.js';
import { RelaxedSql, Sql } from './sql.js';

/** All database connections, for every module. Closes last, when no work is under way. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly boss: PgBoss,
    private readonly listener: Listener,
    private readonly sql: Sql,
    private readonly relaxed: RelaxedSql,
    private readonly watch: DatabaseWatch,
  ) {}

  static forRoot(
    { url, pooled, sessionUrl }: DatabaseAccess,
    { supervisesQueue }: { supervisesQueue: boolean },
  ): DynamicModule {
    const poolerOptions = pooled ? { statementTimeoutMs: 0, pooled } : {};
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRoot({
          ...dataSourceOptions(url, { ...ENTITY_POOL, ...poolerOptions }),
          autoLoadEntities: true,
        }),
        TypeOrmModule.forRoot(
          { ...dataSourceOptions(url, { ...READ_POOL, ...poolerOptions }), autoLoadEntities: true },
          READ,
        ),
      ],
      providers: [
        { provide: Sql, useFactory: () => new Sql(url, { ...STORE_POOL, ...poolerOptions }) },
        { provide: RelaxedSql, useFactory: () => new RelaxedSql(url, { ...RELAXED_POOL, ...poolerOptions }) },
        { provide: PgBoss, useFactory: () => openQueue(url, supervisesQueue) },
        { provide: Listener, useFactory: () => new Listener(sessionUrl) },
        {
          provide: DatabaseWatch,
          inject: [Sql, RelaxedSql, DataSource, READ_DATABASE, PgBoss],
          useFactory: watchOf,
        },
      ],
      exports: [Sql, RelaxedSql, PgBoss, Listener, DatabaseWatch],
    };
  }

  onApplicationBootstrap(): void {
    this.watch.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.watch.close();
    await this.listener.close();
    await this.boss.stop({ graceful: false });
    await Promise.all([this.sql.close(), this.relaxed.close()]);
  }
}

function watchOf(
  sql: Sql,
  relaxed: RelaxedSql,
  entities: DataSource,
  reads: DataSource,
  boss: PgBoss,
): DatabaseWatch {
  const others = [relaxed.sessions, poolOf(entities).sessions, poolOf(reads).sessions, sessionsOfQueue(boss)];
  return new DatabaseWatch(sql, others);
}

async function openQueue(url: string, supervise: boolean): Promise<PgBoss> {
  const boss = createQueue(url, { supervise, max: QUEUE_POOL.max });
  await startQueue(boss);
  return boss;
}
