import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cut } from '../../../src/vercel/report.js';
import { createPluginWorld, type PluginWorld } from '../../support/plugin-world.js';
import { eventually, WAIT_MS } from '../../support/world.js';

const LATE = 'not ready before the deadline: ';
const BROKE = 'wild-db broke its contract: ';
/** What a plugin does, and what the person who deploys and the operators read of it. */
const PROVISION: [way: string, reason: string, text: string][] = [
  ['throws synchronously', 'deadline', `${LATE}wild-db: no server`],
  ['throws null', 'deadline', `${LATE}wild-db: threw null, which is no error`],
  ['throws a proxy', 'deadline', `${LATE}wild-db: threw something that cannot be read`],
  ['throws what has no readable message', 'deadline', `${LATE}wild-db: threw something that cannot be read`],
  ['throws a megabyte', 'deadline', `${LATE}wild-db: ${'x'.repeat(2_000)}`],
  ['never settles', 'deadline', `${LATE}wild-db had not answered and ignored its signal`],
  ['never answers', 'deadline', `${LATE}wild-db had not answered`],
  ['answers a thenable', 'deadline', `${LATE}wild-db had not answered and ignored its signal`],
  [
    'answers a wrong shape',
    'misbehaved',
    `${BROKE}provision answered status "done", not "ready" or "pending"`,
  ],
  ['answers nothing', 'misbehaved', `${BROKE}provision answered status undefined, not "ready" or "pending"`],
  ['answers getters that throw', 'misbehaved', `${BROKE}provision answered something that cannot be read`],
  [
    'answers a circular handle',
    'misbehaved',
    `${BROKE}provision answered ready with a handle that is not JSON`,
  ],
  [
    'answers a handle of a megabyte',
    'misbehaved',
    `${BROKE}provision answered ready with a handle of 1000002 bytes; 65536 are the most`,
  ],
  [
    'answers a secret of a megabyte',
    'misbehaved',
    `${BROKE}provision answered secrets of 1048579 bytes; Vercel takes 65536 for all variables ` +
      'of a deployment together',
  ],
];
const VERDICT = `${BROKE}provision answered status "done", not "ready" or "pending"`;

let world: PluginWorld;
const ids = new Map<string, string>();
let endless: Promise<string>;

async function deploy(action: string, settings: object): Promise<string> {
  const connections = [await world.connect(action, settings)];
  return world.twin.createDeployment({ project: 'shop', connections }).id;
}

/** A deployment that was ready and is deleted, and whose thing is taken away in these ways. */
async function deleted(deprovision: string[]): Promise<string> {
  const id = await deploy('wild', { provision: 'is ready', deprovision });
  expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
  world.twin.delete(id);
  return id;
}

/** What keeps the thing of a deleted deployment from being taken away. */
const troubleOf = (id: string) =>
  eventually(async () => {
    const action = await world.actionOf(id);
    return action?.state === 'releasing' && action.statusText?.startsWith('cannot remove') && action;
  });

/** What Vercel was told, each text once: a worker that takes the action up again says the same again. */
function failedTexts(id: string): unknown[] {
  const reports = world.twin.deployment(id).actions[0]?.reports ?? [];
  const failed = reports.filter(({ status }) => status === 'failed');
  return [...new Set(failed.map(({ statusText }) => statusText))];
}

/** Keeps every text that a row says while `failing`: whoever looks now and then misses some. */
const keepTexts = () =>
  world.sql(`
    CREATE TABLE said (deployment text, text text);
    CREATE FUNCTION keep_text() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO said VALUES (NEW.deployment_id, NEW.failure_text); RETURN NULL; END $$;
    CREATE TRIGGER keep_text AFTER UPDATE ON action
      FOR EACH ROW WHEN (NEW.state = 'failing') EXECUTE FUNCTION keep_text()`);

/** All of them at once, in one worker: each waits for deadlines and for calls that never end. */
beforeAll(async () => {
  world = await createPluginWorld({ wild: true });
  await keepTexts();
  for (const [way, reason] of PROVISION)
    ids.set(way, await deploy(reason === 'deadline' ? 'hasty-wild' : 'wild', { provision: way }));
  for (const way of ['logs what cannot be logged', 'changes its request'])
    ids.set(way, await deploy('wild', { provision: way }));
  endless = deleted(['never settles']);
  endless.catch(() => undefined); // its own test tells
});
afterAll(() => world?.close());

describe('a plugin that misbehaves', () => {
  it('does not keep the worker from serving others', async () => {
    const script = [['pending', 'making it'], ['ready']];
    const others = await Promise.all(Array.from({ length: 20 }, () => deploy('scripted', { script })));
    const states = await Promise.all(others.map(async (id) => (await world.twin.waitFor(id, WAIT_MS)).state));
    expect(states).toEqual(others.map(() => 'ready'));
    for (const id of others) world.twin.delete(id);
    await Promise.all(others.map((id) => world.rested(id, 'released')));
  });

  it.each(PROVISION)(
    'and %s ends in failed, with a text that names it and the fault',
    async (way, reason, text) => {
      const id = ids.get(way) as string;
      expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('error');
      // What never settled may still take effect until its 30 s are over; only then is the last deprovision
      // called.
      const action = await world.rested(id, 'failed');
      expect(action).toMatchObject({ reason, statusText: text, allocation: 'closed' });
      expect(failedTexts(id)).toEqual([cut(text, 1_000)]);
      expect(await world.things()).not.toContain(action.key);
    },
  );

  it.each(['logs what cannot be logged', 'changes its request'])(
    'and %s harms nobody, not even itself',
    async (way) => {
      expect((await world.twin.waitFor(ids.get(way) as string, WAIT_MS)).state).toBe('ready');
    },
  );
});

describe('a plugin that misbehaves when it takes its thing away', () => {
  const faults = ['throws synchronously', 'throws null', 'answers a wrong shape', 'throws for good'];

  it('is asked again and again, while the reason is to be seen beside the verdict', async () => {
    const deprovision = [...faults, 'gone'];
    const id = await deploy('wild', { provision: 'answers a wrong shape', deprovision });
    const { key, statusText } = await world.rested(id, 'failed');
    expect(statusText).toBe(VERDICT);
    const said = await world.sql<{ text: string }>(`SELECT text FROM said WHERE deployment = $1`, [id]);
    expect(said.map(({ text }) => text)).toEqual(
      expect.arrayContaining(
        [
          'wild-db: no server',
          'wild-db: threw null, which is no error',
          `${BROKE}deprovision answered status "done", not "gone" or "pending"`,
          'wild-db: no',
        ].map((why) => `${VERDICT}; meanwhile: cannot remove ${key}: ${why}`),
      ),
    );
    expect(failedTexts(id)).toEqual([VERDICT]);
    expect(await world.things()).not.toContain(key);
  });

  it('keeps a released action releasing, with the reason as its text', async () => {
    const { key, statusText } = await troubleOf(await deleted(['throws a proxy']));
    expect(statusText).toBe(`cannot remove ${key}: wild-db: threw something that cannot be read`);
  });

  it('and never ends that call is given up after 30 s, and the worker ends in spite of it', async () => {
    const { key, statusText } = await troubleOf(await endless);
    expect(statusText).toBe(
      `cannot remove ${key}: wild-db: no answer within 30 s, and its signal was ignored`,
    );
    const calls = async () => (await world.calls(key as string)).filter(({ what }) => what === 'deprovision');
    await eventually(async () => (await calls()).length >= 2); // a call is under way again
    const begun = Date.now();
    await world.app.stop().catch((error: unknown) => expect(String(error)).toContain('could not be closed'));
    expect(Date.now() - begun).toBeLessThan(22_000); // what forces an end does so after 25 s
  });
});
