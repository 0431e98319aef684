import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { find as findInMemory } from '../../src/provisioner/builtin/memory.js';
import { stepKey } from '../../src/provisioner/builtin/sequence/step.key.js';
import { loadPlugin } from '../../src/provisioner/plugin.loading.js';
import { describeProvisioner } from '../../src/provisioner/testing/conformance.js';
import { createTemplate, query, startCluster, type TestCluster } from './cluster.js';

const loaded = await loadPlugin('sequence', { production: false, cwd: process.cwd() });
if (!loaded.ok) throw new Error(loaded.message);

let cluster: TestCluster;
let folder: string;

beforeAll(async () => {
  cluster = await startCluster();
  await createTemplate(cluster, 'app');
  folder = await mkdtemp(join(tmpdir(), 'drawbridge-sequence-'));
  await writeFile(join(folder, '1.sql'), 'create table migrated (at timestamptz default now())');
  await writeFile(join(folder, '2.sql'), 'insert into migrated default values');
});
afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true });
});

/** The branch and the two tokens of a key, and how often its migration ran; null when nothing is left. */
async function find(key: string): Promise<unknown> {
  const [found] = await cluster.sql<{ database: string | null; role: string | null }>(
    `select (select oid from pg_database where datname = $1) as database, (select oid from pg_roles where rolname = $1) as role`,
    [key],
  );
  const tokens = [key, otherKey(key)].flatMap((one) => findInMemory(one) ?? []);
  if (found?.database === null && found.role === null && tokens.length === 0) return null;
  return { ...found, tokens, migrated: found?.database ? await migratedIn(key) : null };
}

const migratedIn = (database: string): Promise<unknown> =>
  query(cluster.url(database), 'select count(*) from migrated').catch(() => 'not yet');

const otherKey = (key: string): string =>
  stepKey(key, { name: 'other', ownKeys: false, plugin: { name: 'memory' } });

describe('a branch, a migration and two tokens', () => {
  describeProvisioner(
    { describe, it },
    {
      plugin: loaded.plugin,
      config: {
        get steps() {
          const branch = { admin: cluster.url(), template: 'app' };
          return [
            { name: 'branch', provisioner: 'postgres-branch', config: branch },
            {
              name: 'sql',
              provisioner: 'postgres-sql',
              config: { url: '${steps.branch.secrets.DATABASE_URL}', folder },
            },
            { name: 'token', provisioner: 'memory' },
            { name: 'other', provisioner: 'memory', expose: [] },
          ];
        },
      },
      invalidConfig: {
        steps: [
          { name: 'Branch', provisioner: 'postgres-branch' },
          { name: 'sql', provisioner: 'postgres-sql', config: { url: '${steps.brunch.secrets.URL}' } },
        ],
      },
      find,
    },
  );
});
