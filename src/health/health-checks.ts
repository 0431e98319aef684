import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { DataSource } from 'typeorm';
import { outageOf, OUTAGES, type Outage } from '../errors/database-error.js';
import { DatabaseWatch } from '../database/connection/database-watch.js';
import { pendingMigrations } from './pending-migrations.js';
import { ShutdownState } from './shutdown-state.js';
import { StartupState } from './startup-state.js';

/** Time limit in ms for the database. Timeouts of Kubernetes probes must be longer. */
export const DATABASE_TIME_LIMIT_MS = 2_000;

/** The checks of readiness and startup. Their texts are public and contain no addresses or names. */
@Injectable()
export class HealthChecks {
  private migrated = false;

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly database: DataSource,
    private readonly watch: DatabaseWatch,
    private readonly shutdown: ShutdownState,
    private readonly startup: StartupState,
  ) {}

  started(): HealthIndicatorResult {
    const indicator = this.indicators.check('startup');
    return this.startup.started ? indicator.up() : indicator.down('the process is still starting');
  }

  notShuttingDown(): HealthIndicatorResult {
    const indicator = this.indicators.check('shutdown');
    return this.shutdown.shuttingDown ? indicator.down('the process is shutting down') : indicator.up();
  }

  /** Checks the pool that writes webhooks and actions. */
  async databaseTakesWrites(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('database');
    const answer = await inTime(this.watch.look());
    if (answer.status === 'failed') return indicator.down(answer.why);
    return answer.value === null ? indicator.up() : indicator.down(textOf(answer.value));
  }

  /** Checks for pending migrations. A success is final because the migrations of a process do not change. */
  async nothingToMigrate(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('migrations');
    if (this.migrated) return indicator.up();
    const answer = await inTime(pendingMigrations(this.database));
    if (answer.status === 'failed') return indicator.down(answer.why);
    if (answer.value.length > 0) return indicator.down({ pending: answer.value });
    this.migrated = true;
    return indicator.up();
  }
}

type Answer<T> = { status: 'ok'; value: T } | { status: 'failed'; why: string };

async function inTime<T>(work: Promise<T>): Promise<Answer<T>> {
  const { promise: late, resolve } = Promise.withResolvers<Answer<T>>();
  const why = `does not respond within ${DATABASE_TIME_LIMIT_MS} ms`;
  const timer = setTimeout(() => resolve({ status: 'failed', why }), DATABASE_TIME_LIMIT_MS);
  const done = work.then(
    (value): Answer<T> => ({ status: 'ok', value }),
    (error: unknown): Answer<T> => ({ status: 'failed', why: whyOf(error) }),
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns the code only, because messages of the driver contain users, hosts and databases. */
const textOf = ({ cause, code }: Outage): string => `${OUTAGES[cause]} (${code})`;

function whyOf(error: unknown): string {
  const outage = outageOf(error);
  if (outage !== null) return textOf(outage);
  return `does not respond (${error instanceof Error ? error.name : 'error'})`;
}
