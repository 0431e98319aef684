import { randomUUID } from 'node:crypto';
import type { EntityManager, QueryRunner } from 'typeorm';
import type { State } from '../../../src/state-machine/action-state.js';
import type { OperatorApp } from './api-app.js';

const PATHS: Record<'queued' | 'provisioning' | 'succeeded' | 'failed', State[]> = {
  queued: [],
  provisioning: ['provisioning'],
  succeeded: ['provisioning', 'reporting', 'succeeded'],
  failed: ['failing', 'failed'],
};
/** Vercel still waits and has received no report, so a retry is allowed. */
const RETRIABLE = `UPDATE action SET deadline_at = now() + interval '1 minute', failure_report = 'none' WHERE id = $1`;
const OWNS: State[] = ['provisioning', 'reporting', 'succeeded'];

/** Moves a new action to `state` by legal changes, with an allocation where the state has one. */
export async function actionIn(
  world: OperatorApp,
  state: keyof typeof PATHS,
  { installation = 'icfg_1', deployment = `dpl_${randomUUID()}` } = {},
): Promise<{ id: string; key: string; deployment: string }> {
  const [id, allocation] = [randomUUID(), randomUUID()];
  const key = `br-${allocation}`;
  const identity = JSON.stringify(['deployment', installation, 'r1', 'branch', deployment]);
  await world.database.query(
    `INSERT INTO allocation
       (id, identity, generation, key, state, sealed_seed, handle, installation_id, resource_id)
     VALUES ($1, $2, 1, $3, 'open', 'the sealed canary', '{"branch":"b"}', $4, 'r1')`,
    [allocation, identity, key, installation],
  );
  await world.database.query(
    `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state, deadline_at)
     VALUES ($1, $2, $3, 'r1', 'branch', 'queued', now() - interval '1 hour')`,
    [id, installation, deployment],
  );
  for (const to of PATHS[state]) {
    const held = OWNS.includes(to);
    await world.database.query(
      `UPDATE action SET state = $2, hold = $3, outcome = $4, allocation_id = coalesce($5, allocation_id),
         reason = $6, failure_text = $6 WHERE id = $1`,
      [
        id,
        to,
        held ? 'holds' : null,
        to === 'succeeded' || to === 'failed' ? to : null,
        held ? allocation : null,
        to === 'failed' ? 'no-token' : null,
      ],
    );
  }
  if (state === 'failed') await world.database.query(RETRIABLE, [id]);
  return { id, key, deployment };
}

export interface SeededDelivery {
  type?: string;
  result?: string;
  installation?: string;
  deployment?: string;
  body?: string;
  receivedAt?: string;
}

export async function deliver(world: OperatorApp, seeded: SeededDelivery = {}): Promise<string> {
  const id = randomUUID();
  const { type = 'deployment.integration.action.start', deployment = `dpl_${id}` } = seeded;
  const { result = 'recorded', installation = 'icfg_1', receivedAt = new Date().toISOString() } = seeded;
  await world.database.query(
    `INSERT INTO delivery
       (id, event_id, type, result, installation_id, deployment_id, resource_id, action, body,
       event_created_at, received_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'r1', 'branch', $7, now(), $8)`,
    [
      id,
      `evt_${id}`,
      type,
      result,
      installation,
      deployment,
      seeded.body ?? eventBody(type, installation, deployment),
      receivedAt,
    ],
  );
  return id;
}

export function eventBody(type: string, installationId: string, deployment: string): string {
  const payload = { installationId, resourceId: 'r1', action: 'branch', deployment: { id: deployment } };
  return JSON.stringify({ id: 'evt_original', type, createdAt: 1_700_000_000_000, payload });
}

export type Writer = Pick<EntityManager | QueryRunner, 'query'>;

/** Inserts an action with one transition, and returns the id of the transition. */
export async function writeTransition(session: Writer): Promise<string> {
  const id = randomUUID();
  await session.query(
    `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state)
     VALUES ($1, 'icfg_1', $2, 'r1', 'branch', 'queued')`,
    [id, `dpl_${id}`],
  );
  const [row] = await session.query(
    `INSERT INTO transition (action_id, event, from_state, to_state, actor)
     VALUES ($1, 'start', 'none', 'queued', 'vercel') RETURNING id`,
    [id],
  );
  return row.id;
}
