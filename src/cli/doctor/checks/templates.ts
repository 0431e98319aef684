import type { DataSource } from 'typeorm';
import type { RuntimeReport } from '../../../boot/runtime.js';
import {
  configSchema,
  serverUrl,
  type BranchConfig,
} from '../../../provisioner/builtin/postgres-branch/config.js';
import { namedTemplates, optionIssues } from '../../../provisioner/builtin/postgres-branch/copy/template.js';
import { clientOf, FIXED_PATH } from '../../../provisioner/builtin/postgres-client.js';
import { failed, ok, skipped, type Check } from '../check.js';
import { validActions } from './configuration.js';

/** A database that branches are copied from. */
interface Template {
  readonly action: string;
  readonly config: BranchConfig;
  readonly name: string;
}

const CONNECT_MS = 5_000;

/**
 * Checks whether each template of `postgres-branch` can be copied: PostgreSQL copies no database with open
 * sessions.
 */
export async function checkTemplates(runtime: RuntimeReport, database: DataSource | null): Promise<Check[]> {
  const checks: Check[] = [];
  for (const template of await templatesOf(runtime, database)) checks.push(await checkTemplate(template));
  return checks;
}

async function templatesOf(runtime: RuntimeReport, database: DataSource | null): Promise<Template[]> {
  const found = new Map<string, Template>();
  for (const { slug, provisioner, config, options } of validActions(runtime)) {
    const chosen = options.includes('template') ? await chosenTemplates(slug, database) : [];
    for (const branch of branchesIn(provisioner, config)) {
      const allowed = chosen.filter((template) => optionIssues(branch, { template }).length === 0);
      for (const name of [...namedTemplates(branch), ...allowed])
        found.set(`${serverUrl(branch).host} ${name}`, { action: slug, config: branch, name });
    }
  }
  return [...found.values()];
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/**
 * Returns the configurations of the action or of the steps of a sequence. The plugin's check reports invalid
 * ones.
 */
function branchesIn(provisioner: unknown, config: unknown): BranchConfig[] {
  if (!isMapping(config)) return [];
  const steps = config['steps'];
  if (provisioner === 'sequence')
    return Array.isArray(steps)
      ? steps.filter(isMapping).flatMap((step) => branchesIn(step['provisioner'], step['config']))
      : [];
  const read = provisioner === 'postgres-branch' ? configSchema.safeParse(config) : null;
  return read?.success ? [read.data] : [];
}

/** Reads the templates that resources select in their settings. */
async function chosenTemplates(slug: string, database: DataSource | null): Promise<string[]> {
  if (database === null) return [];
  const [tables]: { there: boolean }[] = await database.query(
    `SELECT to_regclass('resource') IS NOT NULL AS there`,
  );
  if (tables?.there !== true) return [];
  const rows: { name: string }[] = await database.query(
    `SELECT DISTINCT settings #>> ARRAY['actions', $1, 'template'] AS name
     FROM resource WHERE settings #>> ARRAY['actions', $1, 'template'] <> '' ORDER BY 1`,
    [slug],
  );
  return rows.map(({ name }) => name);
}

async function checkTemplate({ action, config, name }: Template): Promise<Check> {
  const about = { name: 'template', subject: name };
  let client;
  try {
    client = clientOf(serverUrl(config), {
      name: 'drawbridge-doctor',
      startup: FIXED_PATH,
      connectMs: CONNECT_MS,
    });
    client.on('error', () => undefined); // the current query fails with the same error
    await client.connect();
  } catch {
    return skipped(about, `its server cannot be reached: see plugin ${action}`);
  }
  try {
    const { rows } = await client.query<{ who: string; count: number }>(BUSY, [name]);
    if (rows.length === 0) return ok(about, 'no session is connected to it');
    const who = rows.map(({ who, count }) => `${count} by ${who}`).join(', ');
    return failed(
      about,
      `"${name}" is in use and cannot be copied: ${who}`,
      'disconnect these sessions, and let applications use a database other than the template',
    );
  } finally {
    await client.end();
  }
}

const BUSY = `
  SELECT coalesce(usename, 'the server')
      || CASE application_name WHEN '' THEN '' ELSE ' (' || application_name || ')' END AS who,
    count(*)::int AS count
  FROM pg_catalog.pg_stat_activity WHERE datname = $1
    AND pid <> pg_catalog.pg_backend_pid()
  GROUP BY 1 ORDER BY 1`;
