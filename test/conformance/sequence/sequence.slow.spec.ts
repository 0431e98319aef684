import { hkdfSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { find as findInMemory } from '../../../src/provisioner/builtin/memory.js';
import { stepKey } from '../../../src/provisioner/builtin/sequence/step-key.js';
import { loadPlugin } from '../../../src/provisioner/plugin-loading.js';
import type { Json, ProvisionRequest } from '../../../src/provisioner/provisioner.js';
import { describeProvisioner } from '../../../src/provisioner/testing/conformance.js';
import { createTemplate, query, startCluster, type TestCluster } from '../cluster.js';

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

/** The branch and the two tokens of a key, and how often its migration ran; null when nothing exists. */
async function find(key: string): Promise<unknown> {
  const [found] = await cluster.sql<{ database: string | null; role: string | null }>(
    'select (select oid from pg_database where datname = $1) as database, (select oid from ' +
      'pg_roles where rolname = $1) as role',
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

const migratedBranch = (): object[] => [
  {
    name: 'branch',
    provisioner: 'postgres-branch',
    config: { admin: cluster.url(), template: 'app' },
  },
  {
    name: 'sql',
    provisioner: 'postgres-sql',
    config: { url: '${steps.branch.secrets.DATABASE_URL}', folder },
  },
];

describe('a branch, a migration and two tokens', () => {
  describeProvisioner(
    { describe, it },
    {
      plugin: loaded.plugin,
      config: {
        get steps() {
          return [
            ...migratedBranch(),
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

describe('a branch with a folder of files', () => {
  it("has the folder's current content after each deployment", async () => {
    const checked = loaded.plugin.configSchema['~standard'].validate({ steps: migratedBranch() });
    if (checked instanceof Promise || checked.issues) throw new Error(JSON.stringify(checked));
    const branch = loaded.plugin.create(checked.value);
    let handle: Json = null;
    const deploy = async (deployment: string): Promise<void> => {
      for (let ready = false; !ready;) {
        const answer = await branch.provision(requestOf('grows', handle, deployment));
        ready = answer.status === 'ready';
        handle = answer.handle ?? handle;
      }
    };
    await deploy('dpl_1');
    await writeFile(join(folder, '3.sql'), 'insert into migrated default values');
    await deploy('dpl_2');
    expect(await migratedIn('grows')).toEqual([{ count: '2' }]);
    expect(await branch.deprovision(requestOf('grows', handle, ''))).toEqual({ status: 'gone' });
  });
});

function requestOf(key: string, handle: Json, deployment: string): ProvisionRequest {
  return {
    key,
    handle,
    resource: { id: 'res_1', settings: {} },
    installationId: 'icfg_1',
    deployment: { id: deployment } as ProvisionRequest['deployment'],
    derive: (label) => new Uint8Array(hkdfSync('sha256', 'seed', key, label, 32)),
    signal: AbortSignal.timeout(30_000),
    log: () => undefined,
  };
}
