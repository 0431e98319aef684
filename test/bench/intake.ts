import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { INSTALLATIONS, RESOURCE, startEvent } from './actors.js';
import { figure, rate, type Figure } from './measure.js';
import { setStage } from './stage.js';

const run = promisify(execFile);
const LOADS = [
  { connections: 1, count: 1_000 },
  { connections: 32, count: 10_000 },
  { connections: 128, count: 15_000 },
];
const ROUNDS = 3;
const REFERENCE_COUNT = 6_000;
const REFERENCE_CONCURRENCIES = [4, 8, 16, 32];

/**
 * Measures durable webhooks per second through the whole application, against the same rows written in one
 * transaction per webhook.
 */
export async function intake(): Promise<Figure[]> {
  const stage = await setStage();
  const drawbridge = await stage.drawbridge('web', 'http://127.0.0.1:9');
  try {
    await load(drawbridge.url, 32, 2_000);
    const best = await bestConcurrency(stage.sql);
    const ours = new Map(LOADS.map(({ connections }) => [connections, [] as number[]]));
    const reference: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      reference.push(await transactions(stage.sql, REFERENCE_COUNT, best));
      for (const { connections, count } of LOADS) {
        ours.get(connections)?.push(await load(drawbridge.url, connections, count));
      }
    }
    return LOADS.map(({ connections }) =>
      figure('intake', `${connections} connections`, 'webhooks/s', ours.get(connections) ?? [], reference),
    );
  } finally {
    await drawbridge.stop();
    await stage.close();
  }
}

async function load(url: string, connections: number, count: number): Promise<number> {
  const script = join(import.meta.dirname, 'load.js');
  const { stdout } = await run(process.execPath, [script, new URL(url).port, `${connections}`, `${count}`]);
  return Number(stdout);
}

async function bestConcurrency(sql: pg.Pool): Promise<number> {
  const rates: { concurrency: number; perSecond: number }[] = [];
  for (const concurrency of REFERENCE_CONCURRENCIES) {
    rates.push({ concurrency, perSecond: await transactions(sql, 2_000, concurrency) });
  }
  rates.sort((a, b) => b.perSecond - a.perSecond);
  return rates[0]?.concurrency ?? 8;
}

async function transactions(sql: pg.Pool, count: number, concurrency: number): Promise<number> {
  let left = count;
  const worker = async (): Promise<void> => {
    const client = await sql.connect();
    try {
      while (left-- > 0) await oneTransaction(client, left);
    } finally {
      client.release();
    }
  };
  return rate(count, () => Promise.all(Array.from({ length: concurrency }, worker)));
}

/** Inserts the rows of one start webhook by plain statements. */
async function oneTransaction(client: pg.PoolClient, index: number): Promise<void> {
  const [delivery, action, deployment] = [randomUUID(), randomUUID(), `dpl_${randomUUID()}`];
  const installation = INSTALLATIONS[index % INSTALLATIONS.length] as string;
  const body = startEvent(deployment, installation);
  await client.query('BEGIN');
  await client.query(DELIVERY, [delivery, `evt_${delivery}`, installation, deployment, RESOURCE, body]);
  await client.query(ACTION, [action, installation, deployment, RESOURCE]);
  await client.query(TRANSITION, [action, delivery]);
  await client.query(JOB, [JSON.stringify({ actionId: action }), action, installation]);
  await client.query('COMMIT');
}

const DELIVERY = `
  INSERT INTO delivery (id, event_id, type, result, installation_id, deployment_id, resource_id, action, body,
    event_created_at)
  VALUES ($1, $2, 'deployment.integration.action.start', 'recorded', $3, $4, $5, 'branch', $6, now())`;
const ACTION = `
  INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state, deadline_at)
  VALUES ($1, $2, $3, $4, 'branch', 'queued', now() + interval '170 seconds')`;
const TRANSITION = `
  INSERT INTO transition (action_id, event, from_state, to_state, actor, delivery_id)
  VALUES ($1, 'start', 'none', 'queued', 'vercel', $2)`;
const JOB = `
  INSERT INTO pgboss.job (name, data, singleton_key, group_id, policy)
  VALUES ('action', $1, $2, $3, 'singleton')`;
