import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { PgBoss } from 'pg-boss';
import type { Decline } from '../../src/action/updates/decline.js';
import type { Begin } from '../../src/action/updates/begin.js';
import type { ReceivedWebhook } from '../../src/action/intake/received-webhook.js';
import type { Operation } from '../../src/state-machine/action-state.js';
import { ActionClaims } from '../../src/action/claims/action-claims.repository.js';
import { ActionCommands } from '../../src/action/commands/action-commands.repository.js';
import { ActionIntake, type InstallationEvents } from '../../src/action/intake/action-intake.repository.js';
import { JobOutbox } from '../../src/action/job-outbox.js';
import { ActionPurge } from '../../src/action/purge/action-purge.repository.js';
import { ActionReleases } from '../../src/action/releases/action-releases.repository.js';
import { DeploymentCheckSchedule } from '../../src/action/releases/deployment-check-schedule.repository.js';
import { ActionUpdates } from '../../src/action/updates/action-updates.repository.js';
import { migrate } from '../../src/database/schema/migrate.js';
import { createQueue, startQueue } from '../../src/database/queue/queue.js';
import { Sql } from '../../src/database/sql.js';
import { NO_DEPLOYMENT } from './action-run.js';
import { createDatabase } from './postgres.js';

/** The repositories of one process. */
export type ActionRepositories = ReturnType<typeof repositoriesOf>;

/** A database and the repositories of `count` processes, each with its own connection pools. */
export interface OpenRepositories {
  readonly url: string;
  readonly repositories: readonly ActionRepositories[];
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openRepositories(name: string, count: number): Promise<OpenRepositories> {
  const database = await createDatabase(name);
  await migrate(database.url);
  const opened = await Promise.all(Array.from({ length: count }, () => openOne(database.url)));
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on('error', () => undefined); // the database is dropped at the end
  return {
    url: database.url,
    repositories: opened.map(({ repositories }) => repositories),
    sql: async (text, values) => (await pool.query(text, values)).rows,
    close: async () => {
      await Promise.all(opened.map(({ close }) => close()));
      await pool.end();
      await database.drop();
    },
  };
}

async function openOne(url: string): Promise<{ repositories: ActionRepositories; close(): Promise<void> }> {
  const sql = new Sql(url, { name: 'repositories', max: 8, statementTimeoutMs: 20_000 });
  const boss = createQueue(url, { supervise: false, max: 2 });
  await startQueue(boss);
  const close = async (): Promise<void> => {
    await boss.stop({ graceful: false });
    await sql.close();
  };
  return { repositories: repositoriesOf(sql, boss), close };
}

function repositoriesOf(sql: Sql, boss: PgBoss) {
  const outbox = new JobOutbox(boss);
  return {
    intake: new ActionIntake(sql, outbox, NO_INSTALLATIONS),
    claims: new ActionClaims(sql, outbox),
    updates: new ActionUpdates(sql),
    commands: new ActionCommands(sql, outbox),
    releases: new ActionReleases(sql, outbox),
    schedule: new DeploymentCheckSchedule(sql),
    purges: new ActionPurge(sql),
  };
}

/** The installation events for tests without an installation. */
export const NO_INSTALLATIONS: InstallationEvents = {
  markRemoved: async () => [],
  markTransferred: async () => undefined,
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

/** The arguments of `begin` for an allocation of this identity. */
export function beginning(claim: { id: string; attempt: number }, identity: string): Begin {
  return {
    id: claim.id,
    attempt: claim.attempt,
    allocationId: randomUUID(),
    sealedSeed: randomBytes(32),
    identity,
    keyBase: identity,
    options: {},
    ...NO_DEPLOYMENT,
  };
}

/** The arguments of `decline`. */
export function declining({ id, attempt }: { id: string; attempt: number }, event: 'skip' | 'fail'): Decline {
  const [to, reason] =
    event === 'skip' ? (['reporting', null] as const) : (['failing', 'not-served'] as const);
  const [failureText, progressText] = event === 'fail' ? ['not served', null] : [null, 'not served'];
  return { id, attempt, event, to, reason, failureText, progressText, ...NO_DEPLOYMENT };
}
