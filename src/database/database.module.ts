import {
  Global,
  Inject,
  Logger,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PgBoss } from 'pg-boss';
import type { DataSource } from 'typeorm';
import { createDataSource, dataSourceOptions } from './data.source.js';
import { READ_DATABASE } from './database.tokens.js';
import { Listener } from './listener.js';
import { createQueue, startQueue } from './queue.js';

/** Sizes of the pools; a process opens at most their sum, plus one listener. */
const STORE_POOL = { name: 'store', max: 12, statementTimeoutMs: 20_000 };
const READ_POOL = { name: 'read', max: 4, statementTimeoutMs: 10_000 };
const QUEUE_POOL = 4;

/** Everything that talks to Postgres, for every module. Closed last, when nothing can be under way any more. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    private readonly boss: PgBoss,
    private readonly listener: Listener,
    @Inject(READ_DATABASE) private readonly reads: DataSource,
  ) {}

  static for(url: string, supervise: boolean): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [TypeOrmModule.forRoot(dataSourceOptions(url, STORE_POOL))],
      providers: [
        { provide: READ_DATABASE, useFactory: () => createDataSource(url, READ_POOL).initialize() },
        { provide: PgBoss, useFactory: () => openQueue(url, supervise) },
        { provide: Listener, useFactory: () => new Listener(url) },
      ],
      exports: [READ_DATABASE, PgBoss, Listener],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.listener.close();
    await this.boss.stop({ graceful: false });
    await this.reads.destroy();
  }
}

async function openQueue(url: string, supervise: boolean): Promise<PgBoss> {
  const logger = new Logger('Queue');
  const boss = createQueue(url, { supervise, max: QUEUE_POOL });
  boss.on('error', (error) => logger.error(error));
  boss.on('warning', ({ message }) => logger.warn(message));
  await startQueue(boss);
  return boss;
}
