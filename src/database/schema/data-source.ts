import pg from 'pg';
import { DataSource, type DataSourceOptions, type Logger } from 'typeorm';
import { SessionPool } from '../connection/sessions.js';
import { Skeleton1764000000000 } from '../migrations/1764000000000-skeleton.js';
import { Lifetime1764100000000 } from '../migrations/1764100000000-lifetime.js';
import { Operators1764200000000 } from '../migrations/1764200000000-operators.js';
import { Retention1764300000000 } from '../migrations/1764300000000-retention.js';
import { Reports1764400000000 } from '../migrations/1764400000000-reports.js';
import { StateSince1764500000000 } from '../migrations/1764500000000-state-since.js';
import { Traces1764600000000 } from '../migrations/1764600000000-traces.js';
import { SharedServer1764700000000 } from '../migrations/1764700000000-shared-server.js';
import { NotServed1764800000000 } from '../migrations/1764800000000-not-served.js';
import { DeploymentEvidence1764900000000 } from '../migrations/1764900000000-deployment-evidence.js';
import { Verdicts1765000000000 } from '../migrations/1765000000000-verdicts.js';
import { StaleTexts1765100000000 } from '../migrations/1765100000000-stale-texts.js';
import { FailureAndProgress1765200000000 } from '../migrations/1765200000000-failure-and-progress.js';
import { AllocationAction1765300000000 } from '../migrations/1765300000000-allocation-action.js';

/** Connections of one pool; keep (pods × all pools) below the server's max_connections. */
export interface PoolOptions {
  name: string;
  max: number;
  /** Milliseconds after which the server ends a statement; 0: never. */
  statementTimeoutMs?: number;
}

const ignore = (): void => undefined;
/**
 * Discards TypeORM's messages: failures are thrown, and the messages would be lines on stdout that are not
 * JSON.
 */
const SILENT: Logger = {
  logQuery: ignore,
  logQueryError: ignore,
  logQuerySlow: ignore,
  logSchemaBuild: ignore,
  logMigration: ignore,
  log: ignore,
};

/** `pg` with Drawbridge's pool class. */
const DRIVER = { ...pg, Pool: SessionPool };

export function dataSourceOptions(url: string, pool: PoolOptions): DataSourceOptions {
  return {
    type: 'postgres',
    driver: DRIVER,
    url,
    applicationName: `drawbridge-${pool.name}`,
    poolSize: pool.max,
    connectTimeoutMS: 5_000,
    migrations: [
      Skeleton1764000000000,
      Lifetime1764100000000,
      Operators1764200000000,
      Retention1764300000000,
      Reports1764400000000,
      StateSince1764500000000,
      Traces1764600000000,
      SharedServer1764700000000,
      NotServed1764800000000,
      DeploymentEvidence1764900000000,
      Verdicts1765000000000,
      StaleTexts1765100000000,
      FailureAndProgress1765200000000,
      AllocationAction1765300000000,
    ],
    migrationsTableName: 'drawbridge_migration',
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
    logger: SILENT,
    extra: {
      statement_timeout: pool.statementTimeoutMs ?? 0,
      keepAlive: true,
    },
  };
}

/** Creates a data source without entities, for migrations and commands, which use SQL. */
export function createDataSource(url: string, pool: PoolOptions): DataSource {
  return new DataSource(dataSourceOptions(url, pool));
}
