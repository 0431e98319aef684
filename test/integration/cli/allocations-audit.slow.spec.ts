import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audit } from '../../../src/cli/allocations/allocations-audit.js';
import { createPluginWorld, type PluginWorld } from '../../support/plugin-world.js';
import { createDatabase, query, startPostgres, type TestPostgres } from '../../support/postgres.js';
import { runDrawbridge } from '../../support/processes.js';

/** The installed command in its own process, against a real server that only this file uses. */
let postgres: TestPostgres;
let world: PluginWorld;
beforeAll(async () => {
  postgres = await startPostgres();
  for (const name of ['app', 'other', 'busy']) await run(`CREATE DATABASE ${name}`);
  const admin = JSON.stringify(postgres.url);
  world = await createPluginWorld({
    actions: `actions:
  branch:
    provisioner: postgres-branch
    options: [template]
    config: { admin: ${admin}, template: app, templates: [other, busy] }
  again: { provisioner: postgres-branch, config: { admin: ${admin}, template: other } }
  blind: { provisioner: scripted-db, config: { dir: /tmp } }
`,
  });
});
afterAll(async () => {
  await world?.close();
  await postgres?.stop();
});

const run = (text: string) => query(postgres.url, text);

const call = (args: string[], env: Record<string, string> = {}) =>
  runDrawbridge(args, { ...world.env, ...env }, world.cwd);
async function audit(env: Record<string, string> = {}): Promise<{ code: number | null; found: Audit }> {
  const { code, stdout } = await call(['allocations', 'audit', '--json'], env);
  return { code, found: JSON.parse(stdout) as Audit };
}

async function deploy(action: string, settings: object = {}): Promise<string> {
  const { id } = world.twin.createDeployment({
    project: 'shop',
    connections: [await world.connect(action, settings)],
  });
  return id;
}
const made = async (action: string, settings: object = {}) => {
  const id = await deploy(action, settings);
  const { key } = await world.rested(id, 'succeeded');
  return { id, key: key as string };
};

describe('allocations audit', () => {
  const own = { actions: { branch: { template: 'other' } } };
  let one: { id: string; key: string };
  let two: { id: string; key: string };
  beforeAll(async () => {
    [one, two] = await Promise.all([made('branch'), made('again'), made('branch', own)]);
  });

  it('finds no difference for actions that share a server, and names a plugin that cannot list', async () => {
    const { code, stdout, stderr } = await call(['allocations', 'audit']);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^FOUND +KEY +PROVISIONER +ACTIONS +MORE$/),
      expect.stringMatching(/^unlisted +- +scripted-db +blind +cannot list its resources$/),
      '',
      'allocations: no difference: 3 resource(s) at backends, 3 allocation(s)',
      '',
    ]);
    expect(code).toBe(0);
    expect(await audit()).toEqual({
      code: 0,
      found: {
        strays: [],
        missing: [],
        unlisted: [{ provisioner: 'scripted-db', actions: ['blind'] }],
        problems: [],
        things: 3,
        allocations: 3,
      },
    });
  });

  it('does not report an allocation in progress', async () => {
    const client = new pg.Client({ connectionString: postgres.url.replace(/\/postgres$/, '/busy') });
    client.on('error', () => undefined);
    await client.connect();
    const id = await deploy('branch', { actions: { branch: { template: 'busy' } } });
    await expect.poll(async () => (await world.actionOf(id))?.statusText).toMatch(/^waiting/);
    expect(await audit()).toMatchObject({ code: 0, found: { strays: [], missing: [], allocations: 4 } });
    await client.end();
    await world.rested(id, 'succeeded');
    world.twin.delete(id);
    await world.rested(id, 'released');
  });

  it('does not report a missing resource before its success is reported', async () => {
    const [allocation, action] = [crypto.randomUUID(), crypto.randomUUID()];
    const identity = JSON.stringify(['deployment', 'icfg_1', 'res', 'again', 'dpl_early']);
    await world.sql(
      `INSERT INTO allocation (id, identity, generation, key, state, sealed_seed) VALUES ($1, $2, 1, 'early', 'open', 's')`,
      [allocation, identity],
    );
    await world.sql(
      `INSERT INTO action (id, installation_id, deployment_id, resource_id, action, state, updated_at)
       VALUES ($1, 'icfg_1', 'dpl_early', 'res', 'again', 'queued', now() + interval '1 day')`,
      [action],
    );
    const move = (state: string) =>
      world.sql(`UPDATE action SET state = $2, hold = 'holds', allocation_id = $3 WHERE id = $1`, [
        action,
        state,
        allocation,
      ]);
    await move('provisioning');
    expect(await audit()).toMatchObject({ code: 0, found: { missing: [] } });
    await move('reporting');
    expect(await audit()).toMatchObject({ code: 1, found: { missing: [{ key: 'early' }] } });
    await world.sql(`UPDATE action SET state = 'releasing' WHERE id = $1`, [action]);
    expect(await audit()).toMatchObject({ code: 0, found: { missing: [] } });
  });

  it('reports a branch created and a branch removed outside Drawbridge, each once', async () => {
    await run('CREATE ROLE "shop-stray"');
    await run(`COMMENT ON ROLE "shop-stray" IS 'drawbridge:branch'`);
    await run(`DROP DATABASE "${one.key}" WITH (FORCE)`);
    await run(`DROP OWNED BY "${one.key}"`);
    await run(`DROP ROLE "${one.key}"`);
    const { code, found } = await audit();
    expect(code).toBe(1);
    expect(found).toMatchObject({
      strays: [{ key: 'shop-stray', provisioner: 'postgres-branch', actions: ['again', 'branch'] }],
      missing: [{ key: one.key, provisioner: 'postgres-branch', action: 'branch', deployments: [one.id] }],
      problems: [],
    });
    const { code: again, stdout } = await call(['allocations', 'audit']);
    expect(again).toBe(1);
    expect(stdout).toMatch(
      /^stray +shop-stray +postgres-branch +again,branch +exists at the backend without an allocation$/m,
    );
    expect(stdout).toMatch(
      new RegExp(`^missing +${one.key} +postgres-branch +branch .*used by ${one.id}$`, 'm'),
    );
    expect(stdout).toMatch(/^allocations: 1 stray, 1 missing, 0 problem\(s\): 3 resource\(s\) at backends/m);
  });

  it('reports the remains of a closed allocation as a stray', async () => {
    world.twin.delete(two.id);
    await world.rested(two.id, 'released');
    await run(`CREATE ROLE "${two.key}"`);
    await run(`COMMENT ON ROLE "${two.key}" IS 'drawbridge:branch'`);
    const { found } = await audit();
    expect(found.strays.map(({ key }) => key).sort()).toEqual(['shop-stray', two.key].sort());
  });

  it('reports an unreachable backend and an undeclared action, and compares the others', async () => {
    const admin = JSON.stringify(postgres.url);
    const file = join(world.cwd, 'down.yaml');
    await writeFile(
      file,
      `actions:
  again: { provisioner: postgres-branch, config: { admin: ${admin}, template: other } }
  down: { provisioner: postgres-branch, config: { admin: "postgresql://a:secret-word@127.0.0.1:1/postgres" } }
`,
    );
    const { code, found } = await audit({ ACTIONS_FILE: file });
    expect(code).toBe(1);
    expect(found.problems).toEqual([
      {
        provisioner: 'postgres-branch',
        actions: ['down'],
        message: expect.stringMatching(/^postgres-branch: the server of the admin url cannot be reached/),
      },
      {
        provisioner: '-',
        actions: ['branch'],
        message: expect.stringMatching(
          /^2 allocation\(s\) cannot be compared: action "branch" is not in actions\.yaml/,
        ),
      },
    ]);
    expect(found.strays.map(({ key }) => key)).toContain('shop-stray');
    expect(JSON.stringify(found)).not.toContain('secret-word');
  });

  it('fails with an outdated or unreachable database, and with an invalid configuration', async () => {
    const empty = await createDatabase('empty');
    const { code, stdout, stderr } = await call(['allocations', 'audit', '--json'], {
      DATABASE_URL: empty.url,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^allocations: the database lacks Skeleton\d+, Lifetime\d+(, \w+)*:/);
    await empty.drop();
    const unreachable = await call(['allocations', 'audit'], {
      DATABASE_URL: 'postgres://u:secret-word@127.0.0.1:9/x',
    });
    expect(unreachable).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'allocations: the database cannot be used: connect ECONNREFUSED 127.0.0.1:9\n',
    });
    const invalid = await call(['allocations', 'audit'], { ACTIONS_FILE: '/nowhere.yaml' });
    expect(invalid.code).toBe(1);
    expect(invalid.stderr).toContain('the file /nowhere.yaml does not exist');
  });

  it.each([
    [['allocations', 'audit', '--jason']],
    [['allocations', 'audit', 'all']],
    [['allocations', 'aduit']],
  ])('exits with 2 for an invalid command line: %j', async (args) => {
    const { code, stderr } = await call(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: /);
  });
});
