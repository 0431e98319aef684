import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPluginWorld, type PluginWorld } from '../../support/plugin-world.js';
import { WAIT_MS } from '../../support/wait.js';

/** The plugin creates files in the folder `dir`, its backend, which a resource may choose. */
let home: string;
let world: PluginWorld;
const base = () => join(home, 'base');
const own = () => join(home, 'own');
const READY = [['ready']];

beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'drawbridge-options-')));
  for (const dir of [base(), own()]) await mkdir(dir);
  const config = `config: { dir: ${JSON.stringify(base())} }`;
  world = await createPluginWorld({
    actions: `actions:
  db: { provisioner: scripted-db, options: [dir], ${config} }
  fixed: { provisioner: scripted-db, ${config} }
  shared: { provisioner: scripted-db, scope: git-branch, options: [dir], ${config} }
`,
  });
});
afterAll(async () => {
  await world?.close();
  await rm(home, { recursive: true, force: true });
});

const allocationsIn = async (dir: string): Promise<string[]> =>
  (await readdir(dir)).flatMap((name) => (name.startsWith('thing-') ? [name.slice(6)] : []));
const choose = (action: string, chosen: unknown, script: unknown = READY) => ({
  script,
  actions: { [action]: chosen },
});
const put = (resourceId: string, settings: object) =>
  world.api(`/api/v1/installations/icfg_1/resources/${resourceId}`, {
    method: 'PUT',
    body: JSON.stringify({ productId: 'p', name: 'n', settings }),
  });

async function deploy(action: string, settings: object, over: { gitRef?: string } = {}) {
  const to = await world.connect(action, settings);
  const { id } = world.twin.createDeployment({ project: 'shop', connections: [to], ...over });
  return { id, to };
}

describe('the options of a resource', () => {
  it('take precedence over the configuration of the action', async () => {
    const { id } = await deploy('db', choose('db', { dir: own() }));
    const { key } = await world.rested(id, 'succeeded');
    expect(await allocationsIn(own())).toContain(key);
    expect(await allocationsIn(base())).not.toContain(key);
    const plain = await deploy('db', { script: READY });
    const other = await world.rested(plain.id, 'succeeded');
    expect(await allocationsIn(base())).toContain(other.key);
  });

  it.each([
    [
      'a bad value',
      'db',
      { dir: 5 },
      "the resource's settings are not valid: settings.actions.db.dir: must be a text",
    ],
    [
      'a key that is not an option',
      'db',
      { size: 5 },
      "the resource's settings.actions.db.size cannot be set; options are: dir",
    ],
    [
      'an option of an action without options',
      'fixed',
      { dir: '/' },
      "the resource's settings.actions.fixed.dir cannot be set; this action has no options",
    ],
  ])('fail the action for %s, with a text that names the key', async (_, action, chosen, text) => {
    const { id } = await deploy(action, choose(action, chosen));
    expect(await world.rested(id, 'failed')).toMatchObject({ reason: 'permanent', statusText: text });
    const deployment = await world.twin.waitFor(id, WAIT_MS);
    expect(deployment.state).toBe('error');
    expect(deployment.actions[0]).toMatchObject({ status: 'failed', statusText: text });
  });

  it.each([
    ['chooses something else', (id: string) => put(id, choose('db', { dir: base() }))],
    ['chooses an invalid value', (id: string) => put(id, choose('db', { dir: 5 }))],
    [
      'is removed',
      (id: string) => world.api(`/api/v1/installations/icfg_1/resources/${id}`, { method: 'DELETE' }),
    ],
  ])('stay those of an allocation when the resource %s afterwards', async (_, change) => {
    const { id, to } = await deploy('db', choose('db', { dir: own() }));
    const key = (await world.rested(id, 'succeeded')).key as string;
    expect((await change(to.resourceId)).status).toBeLessThan(300);
    world.twin.delete(id);
    await world.rested(id, 'released');
    expect(existsSync(join(own(), `thing-${key}`))).toBe(false);
  });

  it('stay the same for all deployments of a shared allocation', async () => {
    const { id, to } = await deploy('shared', choose('shared', { dir: own() }), { gitRef: 'feature' });
    const { key } = await world.rested(id, 'succeeded');
    await put(to.resourceId, choose('shared', { dir: base() }));
    const second = world.twin.createDeployment({ project: 'shop', gitRef: 'feature', connections: [to] }).id;
    expect((await world.rested(second, 'succeeded')).key).toBe(key);
    expect(await allocationsIn(base())).not.toContain(key);
    world.twin.delete(id);
    world.twin.delete(second);
    await Promise.all([id, second].map((one) => world.rested(one, 'released')));
    expect(await allocationsIn(own())).not.toContain(key);
  });

  it('do not change during a provision', async () => {
    const script = [['pending', 'soon'], ['pending', 'soon'], ['pending-late', 'soon'], ['ready']];
    const { id, to } = await deploy('db', choose('db', { dir: own() }, script));
    await world.rested(id, 'provisioning');
    await put(to.resourceId, choose('db', { dir: 5 }, READY));
    const { key } = await world.rested(id, 'succeeded');
    expect(await allocationsIn(own())).toContain(key);
  });
});
