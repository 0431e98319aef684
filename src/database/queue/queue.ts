import { PgBoss, type Db, type Queue, type QueuePolicy } from 'pg-boss';
import { failure, logEvent } from '../../log/log.js';
import { QUEUE, RETENTION_QUEUE, SWEEP_QUEUE } from './queue-names.js';
import type { Carrier } from '../../tracing/carrier.js';
import { outageOf } from '../../errors/database-error.js';
import { poolOfQueue, Sessions } from '../connection/sessions.js';
import { statement, type Session } from '../sql.js';

export { QUEUE, RETENTION_QUEUE, SWEEP_QUEUE };

export interface JobSubject {
  installationId: string;
  resourceId: string;
  /** The place in a trace that this job belongs to; undefined while tracing is off. */
  trace?: Carrier;
}

/** The message "this action needs a worker". The action's row says what to do. */
export interface ActionJob extends JobSubject {
  actionId: string;
  /** Deployment of a new action: the worker prefetches it from Vercel. */
  asks?: string;
  /** Consecutive failed tries before this job was deferred. The back-off continues from this number. */
  tries?: number;
  /**
   * Set by a worker that deferred a report: whether an earlier report may have reached Vercel. Ignored once
   * the job was retried.
   */
  reportUnknown?: boolean;
}

export interface SweepJob {
  /** Sweeps only this removed installation; undefined: sweeps everything. */
  installationId?: string;
}

/** Each hour. */
const RETENTION_CRON = '17 * * * *';
/** Each minute. */
const SWEEP_CRON = '* * * * *';

/** Seconds without a heartbeat after which another worker gets the job. The minimum of pg-boss. */
export const HEARTBEAT_SECONDS = 10;
/**
 * Seconds between two searches for lapsed jobs. With the heartbeat, another worker continues the actions of a
 * killed one within about 15 s.
 */
const SUPERVISE_SECONDS = 3;
const FOREVER = 1_000_000;

export interface QueueOptions {
  /** Whether this process searches for lapsed jobs, deletes old ones and runs the schedule. Workers do. */
  supervise: boolean;
  max: number;
}

/** The sessions of each queue's own pool. */
const sessions = new WeakMap<PgBoss, Sessions>();

export function sessionsOfQueue(boss: PgBoss): Sessions {
  const found = sessions.get(boss);
  if (found === undefined) throw new Error('queue: not created by createQueue');
  return found;
}

/** Creates the queue without starting it. Logs errors outside of calls, such as a broken idle connection. */
export function createQueue(url: string, { supervise, max }: QueueOptions): PgBoss {
  const opened = new Sessions();
  // pg-boss passes its options to its `pg` pool.
  const own = { Client: opened.Client };
  const boss = new PgBoss({
    ...own,
    connectionString: url,
    application_name: 'drawbridge-queue',
    max,
    supervise,
    schedule: supervise,
    migrate: true,
    // Drawbridge makes its own spans. The spans of pg-boss would cover every poll.
    openTelemetry: { enabled: false },
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
  });
  sessions.set(boss, opened);
  // The session has reported an outage already; this event carries a copy.
  boss.on('error', (error) => void (outageOf(error) ?? logEvent('queue-failed', failure(error))));
  boss.on('warning', ({ message }) => logEvent('queue-warning', { warning: message }));
  return boss;
}

/** Starts pg-boss and declares the queues and the schedule; safe to call in every process. */
export async function startQueue(boss: PgBoss): Promise<void> {
  await boss.start();
  sessionsOfQueue(boss).attach(poolOfQueue(boss));
  const declared = new Set((await boss.getQueues()).map(({ name }) => name));
  const options = {
    heartbeatSeconds: HEARTBEAT_SECONDS,
    expireInSeconds: 24 * 3600 - 1,
    retryLimit: FOREVER,
    retryDelay: 0,
    retentionSeconds: 365 * 24 * 3600,
    deleteAfterSeconds: 3600,
  };
  await declareQueue(boss, declared, QUEUE, { policy: 'singleton', ...options });
  await declareSweeps(boss, declared);
}

/**
 * Creates a queue only when it is missing: pg-boss creates queues under an advisory lock, which another role
 * may hold.
 */
async function declareQueue(
  boss: PgBoss,
  declared: ReadonlySet<string>,
  queue: string,
  { policy, ...options }: Omit<Queue, 'name' | 'policy'> & { policy: QueuePolicy },
): Promise<void> {
  if (!declared.has(queue)) await boss.createQueue(queue, { policy, ...options });
  await boss.updateQueue(queue, options);
}

/** A sweep or purge that fails or dies is not retried: the schedule starts the next one. */
async function declareSweeps(boss: PgBoss, declared: ReadonlySet<string>): Promise<void> {
  const options = {
    heartbeatSeconds: HEARTBEAT_SECONDS,
    expireInSeconds: 3600,
    retryLimit: 0,
    deleteAfterSeconds: 3600,
  };
  const crons = { [SWEEP_QUEUE]: SWEEP_CRON, [RETENTION_QUEUE]: RETENTION_CRON };
  for (const [queue, cron] of Object.entries(crons)) {
    await declareQueue(boss, declared, queue, { policy: 'exclusive', ...options });
    await boss.schedule(queue, cron);
  }
}

/**
 * Requests, in the caller's transaction, the release of everything that these removed installations still
 * hold.
 */
export async function requestSweeps(
  boss: PgBoss,
  session: Session,
  installationIds: readonly string[],
): Promise<void> {
  if (installationIds.length === 0) return;
  const jobs = installationIds.map((installationId) => ({
    data: { installationId } satisfies SweepJob,
    singletonKey: installationId,
  }));
  await boss.insert(SWEEP_QUEUE, jobs, { db: queueDb(session) });
}

/**
 * Runs pg-boss' statements in a session of ours as prepared statements: planning takes longer than running
 * them. A worker analyzes the queue's table regularly, which makes the server plan again for its current
 * size.
 */
export function queueDb(session: Session): Db {
  return { executeSql: async (text, values = []) => ({ rows: await session.rows(statement(text), values) }) };
}
