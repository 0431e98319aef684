import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Decline } from '../../src/action/decline.js';
import type { Begin } from '../../src/action/begin.js';
import type { ReceivedWebhook } from '../../src/action/intake.js';
import type { Operation } from '../../src/state-machine/action-state.js';
import { ActionStore, type InstallationEvents } from '../../src/action/action-store.js';
import { migrate } from '../../src/database/schema/migrate.js';
import { createQueue, startQueue } from '../../src/database/queue/queue.js';
import { Sql } from '../../src/database/sql.js';
import { createDatabase } from './postgres.js';

/**
 * A database of its own with `count` stores on it, each with the pools that a process of its own would have.
 */
export interface Stores {
  readonly url: string;
  readonly stores: readonly ActionStore[];
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openStores(name: string, count: number): Promise<Stores> {
  const database = await createDatabase(name);
  await migrate(database.url);
  const opened = await Promise.all(Array.from({ length: count }, () => openStore(database.url)));
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on('error', () => undefined); // the database is dropped at the end
  return {
    url: database.url,
    stores: opened.map(({ store }) => store),
    sql: async (text, values) => (await pool.query(text, values)).rows,
    close: async () => {
      await Promise.all(opened.map(({ close }) => close()));
      await pool.end();
      await database.drop();
    },
  };
}

async function openStore(url: string): Promise<{ store: ActionStore; close(): Promise<void> }> {
  const sql = new Sql(url, { name: 'store', max: 8, statementTimeoutMs: 20_000 });
  const boss = createQueue(url, { supervise: false, max: 2 });
  await startQueue(boss);
  const close = async (): Promise<void> => {
    await boss.stop({ graceful: false });
    await sql.close();
  };
  return { store: new ActionStore(sql, boss, NO_INSTALLATIONS), close };
}

/** Of stores whose tests do without installations. */
export const NO_INSTALLATIONS: InstallationEvents = {
  removed: async () => undefined,
  transferred: async () => undefined,
};

/** One webhook about an action of `deploymentId`. */
export function incoming(
  event: Operation,
  deploymentId: string,
  over: Partial<ReceivedWebhook> = {},
): ReceivedWebhook {
  return {
    id: randomUUID(),
    eventId: `evt_${randomUUID()}`,
    type: `deployment.integration.action.${event}`,
    body: '{}',
    createdAt: Date.now(),
    result: 'recorded',
    operation: {
      event,
      installationId: 'icfg_1',
      deploymentId,
      resourceId: 'res_1',
      action: 'branch',
      deadlineMs: 170_000,
    },
    ...over,
  };
}

/** What `begin` takes, for an allocation of this identity. */
export function beginning(claim: { id: string; attempt: number }, identity: string): Begin {
  return {
    id: claim.id,
    attempt: claim.attempt,
    allocationId: randomUUID(),
    sealedSeed: randomBytes(32),
    identity,
    keyBase: identity,
    options: {},
    ...NOTHING_READ,
  };
}

/** What `decline` takes. */
export function declining({ id, attempt }: { id: string; attempt: number }, event: 'skip' | 'fail'): Decline {
  const [to, reason] =
    event === 'skip' ? (['reporting', null] as const) : (['failing', 'not-served'] as const);
  return { id, attempt, event, to, reason, statusText: 'not served', ...NOTHING_READ };
}

const NOTHING_READ = {
  deploymentUrl: null,
  projectId: null,
  projectName: null,
  target: null,
  environment: null,
  gitRef: null,
  gitSha: null,
  pullRequest: null,
};
