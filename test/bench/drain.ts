import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { v7 as uuid } from 'uuid';
import { ActionIntake } from '../../src/action/intake/action-intake.repository.js';
import { JobOutbox } from '../../src/action/job-outbox.js';
import { NO_INSTALLATIONS } from '../support/action-repositories.js';
import { createQueue, startQueue } from '../../src/database/queue/queue.js';
import { Sql } from '../../src/database/sql.js';
import { INSTALLATIONS, RESOURCE, startEvent } from './actors.js';
import { figure, rate, type Figure } from './measure.js';
import { setStage, type BenchStage } from './stage.js';

const BACKLOG = 10_000;
const ROUNDS = 3;
const REFERENCE_JOBS = 2_000;

/**
 * Measures a backlog of actions until all succeeded, with every transition audited and every success reported
 * to a Vercel in its own process, against pg-boss with one no-op job at a time. Actions or jobs per second.
 */
export async function drain(): Promise<Figure[]> {
  const stage = await setStage();
  const vercel = await startVercel();
  const web = await stage.drawbridge('web', vercel.url); // stores the installations
  await web.stop();
  const reference = await Reference.start(stage.databaseUrl);
  const results = { ours: [] as number[], reference: [] as number[] };
  try {
    for (let round = 0; round < ROUNDS; round++) {
      results.reference.push(await reference.rate());
      results.ours.push(await drainOnce(stage, vercel));
    }
    return [figure('drain', `${BACKLOG} actions`, 'actions/s', results.ours, results.reference)];
  } finally {
    await reference.stop();
    vercel.process.kill();
    await stage.close();
  }
}

/**
 * Measures from the readiness of the worker to the end of the last action. Work before the readiness does not
 * count.
 */
async function drainOnce(stage: BenchStage, vercel: Vercel): Promise<number> {
  await fill(stage.databaseUrl, await vercel.deployments(BACKLOG));
  const worker = await stage.drawbridge('worker', vercel.url);
  const left = await unfinished(stage.sql);
  const perSecond = await rate(left, async () => {
    while (await anyLeft(stage.sql)) await sleep(50);
  });
  await worker.stop();
  await checkAllSucceeded(stage.sql);
  return perSecond;
}

async function unfinished(sql: pg.Pool): Promise<number> {
  const { rows } = await sql.query<{ n: string }>(
    `SELECT count(*) AS n FROM action WHERE state <> 'succeeded'`,
  );
  return Number(rows[0]?.n);
}

/** Uses an index, so that the query does not slow the measured work. */
async function anyLeft(sql: pg.Pool): Promise<boolean> {
  const { rows } = await sql.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM action WHERE state IN ('queued', 'provisioning', 'reporting')) AS any`,
  );
  return rows[0]?.any === true;
}

async function checkAllSucceeded(sql: pg.Pool): Promise<void> {
  const others = await unfinished(sql);
  if (others > 0) throw new Error(`bench: ${others} actions did not succeed`);
}

/** Stores the webhooks through the intake, as the web role does. */
async function fill(url: string, deployments: string[]): Promise<void> {
  const sql = new Sql(url, { name: 'fill', max: 4, statementTimeoutMs: 60_000 });
  const boss = createQueue(url, { supervise: false, max: 2 });
  await startQueue(boss);
  const intake = new ActionIntake(sql, new JobOutbox(boss), NO_INSTALLATIONS);
  await Promise.all(
    deployments.map((deploymentId, index) => {
      const installationId = INSTALLATIONS[index % INSTALLATIONS.length] as string;
      const operation = {
        event: 'start',
        installationId,
        deploymentId,
        resourceId: RESOURCE,
        action: 'branch',
      } as const;
      return intake.receive({
        id: uuid(),
        eventId: `evt_${uuid()}`,
        type: 'deployment.integration.action.start',
        body: startEvent(deploymentId, installationId),
        createdAt: Date.now(),
        result: 'recorded',
        operation: { ...operation, deadlineMs: 170_000 },
      });
    }),
  );
  await boss.stop({ graceful: false });
  await sql.close();
}

interface Vercel {
  process: ChildProcess;
  url: string;
  deployments(count: number): Promise<string[]>;
}

async function startVercel(): Promise<Vercel> {
  const child = fork(join(import.meta.dirname, 'vercel.js'));
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return {
    process: child,
    url,
    async deployments(count) {
      child.send({ count });
      const [{ ids }] = (await once(child, 'message')) as [{ ids: string[] }];
      return ids;
    },
  };
}

/** pg-boss with one no-op job after the other: fetch, complete. */
class Reference {
  private constructor(private readonly boss: PgBoss) {}

  static async start(connectionString: string): Promise<Reference> {
    const boss = new PgBoss({ connectionString, supervise: false, schedule: false, max: 2 });
    await boss.start();
    await boss.createQueue('reference');
    return new Reference(boss);
  }

  async rate(): Promise<number> {
    await this.boss.insert(
      'reference',
      Array.from({ length: REFERENCE_JOBS }, () => ({ data: { n: 1 } })),
    );
    return rate(REFERENCE_JOBS, async () => {
      for (let jobs = await this.take(); jobs.length > 0; jobs = await this.take()) {
        await this.boss.complete('reference', jobs);
      }
    });
  }

  private take() {
    return this.boss.fetch('reference');
  }

  async stop(): Promise<void> {
    await this.boss.stop({ graceful: false });
  }
}
