import type { ActionDetail } from '../../../src/api/actions/action-answer.js';
import type { DeploymentView, Entry } from '../../../src/twin/twin.js';
import type { Built } from '../environment/build.js';
import type { StartedDeployment } from '../deployment-runner.js';
import { TEMPLATES, type DemoDeployment } from '../deployments.js';
import type { DemoEnvironment } from '../environment/environment.js';
import { databaseUrl, TEMPLATE_ROWS, withClient } from '../environment/templates.js';
import { readInventory } from '../timeline/audit-poller.js';

/** The result of a connection to a deployment's DATABASE_URL at the end. */
export type BranchConnection =
  | {
      readonly way: 'open';
      readonly database: string;
      readonly builds: readonly string[];
      readonly template: string;
    }
  | { readonly way: 'closed'; readonly code: string };

/** The state of one deployment in Drawbridge, the twin and PostgreSQL. */
export interface DeploymentObservation {
  readonly part: DemoDeployment;
  readonly view: DeploymentView;
  /** The twin's log entries of the deployment. */
  readonly entries: readonly Entry[];
  readonly actions: readonly ActionDetail[];
  readonly built: Built | null;
  /** Null when it got no DATABASE_URL. */
  readonly connection: BranchConnection | null;
}

/** The databases and roles that the demo made, and the allocation keys that Drawbridge reports. */
export interface ServerObservation {
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  /** Keys of the allocations that succeeded actions hold. */
  readonly keys: readonly string[];
  readonly templates: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export async function observeDeployments(
  started: readonly StartedDeployment[],
  { twin, operator }: DemoEnvironment,
): Promise<DeploymentObservation[]> {
  const log = twin.log();
  return Promise.all(
    started.map(async ({ part, id, built }) => {
      const view = twin.deployment(id);
      const found = await operator.actions(id);
      const actions = await Promise.all(found.map((action) => operator.action(action.id)));
      const entries = log.filter((entry) => entry.deploymentId === id);
      return { part, view, entries, actions, built, connection: await connectToBranch(view.env) };
    }),
  );
}

export async function observeServer({
  admin,
  adminUrl,
  base,
  operator,
}: DemoEnvironment): Promise<ServerObservation> {
  const [{ databases, roles }, actions] = [await readInventory(admin), await operator.actions()];
  const live = actions
    .filter(({ state }) => state === 'succeeded')
    .map(({ allocationKey }) => allocationKey ?? 'none');
  const templates: Record<string, Record<string, number>> = {};
  for (const name of Object.values(TEMPLATES)) templates[name] = await countRows(databaseUrl(adminUrl, name));
  return {
    databases: databases.filter((name) => !base.databases.includes(name)),
    roles: roles.filter((name) => !base.roles.includes(name)),
    keys: [...new Set(live)].toSorted(),
    templates,
  };
}

async function connectToBranch(env: Readonly<Record<string, string>>): Promise<BranchConnection | null> {
  const url = env['DATABASE_URL'];
  if (url === undefined) return null;
  try {
    const seen = await withClient(url, async (client) => {
      const { rows } = await client.query<{ database: string; made: boolean }>(
        `select current_database() as database, to_regclass('built') is not null as made`,
      );
      const names = rows[0]?.made
        ? await client.query<{ name: string }>('select name from built order by at')
        : { rows: [] };
      return { database: rows[0]?.database ?? '', builds: names.rows.map(({ name }) => name) };
    });
    return { way: 'open', ...seen, template: await connectToTemplate(databaseUrl(url, TEMPLATES.shop)) };
  } catch (error) {
    return { way: 'closed', code: codeOf(error) };
  }
}

/** Connects to the template as the branch's role. Returns the error's code, or `open`. */
async function connectToTemplate(url: string): Promise<string> {
  try {
    return await withClient(url, () => Promise.resolve('open'));
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}

/** Returns the row counts of all tables, also of unexpected ones. */
async function countRows(url: string): Promise<Record<string, number>> {
  return withClient(url, async (client) => {
    const tables = await client.query<{ name: string }>(
      `select tablename::text as name from pg_tables where schemaname = 'public' order by 1`,
    );
    const counts: Record<string, number> = {};
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ count: number }>(`select count(*)::int as count from "${name}"`);
      counts[name] = rows[0]?.count ?? 0;
    }
    return counts;
  });
}

/** The row counts of an unchanged template. */
export const UNCHANGED_TEMPLATE: Readonly<Record<string, number>> = TEMPLATE_ROWS;
