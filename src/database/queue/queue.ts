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
  /** What this is part of: the place in a trace, while traces are made. */
  trace?: Carrier;
}

/** Says "this action needs a worker", nothing else; the row says what for. */
export interface ActionJob extends JobSubject {
  actionId: string;
  /** Of a new action: the deployment that its first step asks Vercel about. */
  asks?: string;
  /** Failed tries in a row before this job was deferred; the back-off goes on from there. */
  tries?: number;
  /**
   * Set by a worker that deferred a report: whether an earlier one may have reached Vercel. Void once the job
   * was retried.
   */
  reportUnknown?: boolean;
}

export interface SweepJob {
  /** Only this installation, which was removed; without it everything. One at a time of each. */
  installationId?: string;
}

/** Each hour. */
const RETENTION_CRON = '17 * * * *';
/** Each minute. */
const SWEEP_CRON = '* * * * *';

/** Seconds without a sign of life after which a job is given to another worker (pg-boss' least). */
export const HEARTBEAT_SECONDS = 10;
/**
 * How often lapsed jobs are looked for: with the heartbeat, a killed worker's actions go on within about 15
 * s.
 */
const SUPERVISE_SECONDS = 3;
const FOREVER = 1_000_000;

export interface QueueOptions {
  /** Whether this process looks for lapsed jobs, clears old ones and keeps the schedule: workers do. */
  supervise: boolean;
  max: number;
}

/** Of each queue's own pool. */
const sessions = new WeakMap<PgBoss, Sessions>();

export function sessionsOfQueue(boss: PgBoss): Sessions {
  const found = sessions.get(boss);
  if (found === undefined) throw new Error('queue: it was not made by createQueue');
  return found;
}

/**
 * Not started. What goes wrong in it outside of a call, such as an idle connection that breaks, is logged.
 */
export function createQueue(url: string, { supervise, max }: QueueOptions): PgBoss {
  const opened = new Sessions();
  // pg-boss hands its options on to its pool of `pg`.
  const own = { Client: opened.Client };
  const boss = new PgBoss({
    ...own,
    connectionString: url,
    application_name: 'drawbridge-queue',
    max,
    supervise,
    schedule: supervise,
    migrate: true,
    // Ours name each webhook and each action; the queue's own would tell of every poll.
    openTelemetry: { enabled: false },
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
  });
  sessions.set(boss, opened);
  // An outage is reported by the session that met it; what comes here is a copy.
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
 * pg-boss makes a queue under an advisory lock, which another role may hold: one that is there is not made
 * again.
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

/** A sweep or a clearing that fails or dies is not repeated: the next one comes by the schedule. */
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
 * Asks, within the caller's transaction, for all that is left of these removed installations to be given
 * back.
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
  await boss.insert(SWEEP_QUEUE, jobs, { db: through(session) });
}

/**
 * Lets pg-boss run its statements in a session of ours, prepared: planning them anew at each call takes
 * longer than running them. The plans follow the queue's length, because a worker has its table analyzed
 * (`Pump.tidy`), which makes the server plan anew.
 */
export function through(session: Session): Db {
  return { executeSql: async (text, values = []) => ({ rows: await session.rows(statement(text), values) }) };
}
