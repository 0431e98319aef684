import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import type { DeploymentView, Entry } from '../../src/twin/twin.js';
import type { Built } from './build.js';
import type { Played } from './director.js';
import { TEMPLATES, type ScenarioPart } from './scenario.js';
import type { Stage } from './stage.js';
import { databaseUrl, TEMPLATE_ROWS, withClient } from './templates.js';
import { takeInventory } from './watch.js';

/** What a deployment's DATABASE_URL leads to when everything is over. */
export type BranchVisit =
  | {
      readonly way: 'open';
      readonly database: string;
      readonly builds: readonly string[];
      readonly template: string;
    }
  | { readonly way: 'closed'; readonly code: string };

/** All that is on record of one deployment, and what was seen of it. */
export interface DemoEvidence {
  readonly part: ScenarioPart;
  readonly view: DeploymentView;
  /** The twin's log of it. */
  readonly entries: readonly Entry[];
  readonly actions: readonly ActionDetail[];
  readonly built: Built | null;
  /** Null: it was never given a DATABASE_URL. */
  readonly visit: BranchVisit | null;
}

/** What PostgreSQL holds beyond what was there before, and what Drawbridge says should be there. */
export interface HouseEvidence {
  readonly databases: readonly string[];
  readonly roles: readonly string[];
  /** Keys of the allocations that succeeded actions hold. */
  readonly keys: readonly string[];
  readonly templates: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export async function gather(played: readonly Played[], { twin, operator }: Stage): Promise<DemoEvidence[]> {
  const log = twin.log();
  return Promise.all(
    played.map(async ({ part, id, built }) => {
      const view = twin.deployment(id);
      const found = await operator.actions(id);
      const actions = await Promise.all(found.map((action) => operator.action(action.id)));
      const entries = log.filter((entry) => entry.deploymentId === id);
      return { part, view, entries, actions, built, visit: await visit(view.env) };
    }),
  );
}

export async function gatherHouse({ admin, adminUrl, base, operator }: Stage): Promise<HouseEvidence> {
  const [{ databases, roles }, actions] = [await takeInventory(admin), await operator.actions()];
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

async function visit(env: Readonly<Record<string, string>>): Promise<BranchVisit | null> {
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
    return { way: 'open', ...seen, template: await knock(databaseUrl(url, TEMPLATES.shop)) };
  } catch (error) {
    return { way: 'closed', code: codeOf(error) };
  }
}

/** What a branch's own role meets at the template: an error's code, or `open`. */
async function knock(url: string): Promise<string> {
  try {
    return await withClient(url, () => Promise.resolve('open'));
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}

/** Rows by table: every table that is there, so that one that should not be shows as well. */
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

/** What an untouched template has. */
export const UNTOUCHED: Readonly<Record<string, number>> = TEMPLATE_ROWS;
