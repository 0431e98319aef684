import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cut } from '../../../src/vercel/report.js';
import { createPluginWorld, type PluginWorld } from '../../support/plugin-world.js';
import { eventually, WAIT_MS } from '../../support/world.js';

const LATE = 'not ready before the deadline: ';
const BROKE = 'wild-db broke its contract: ';
/** The behaviour of a plugin, the reason of the failure, and its text for deployers and operators. */
const PROVISION: [way: string, reason: string, text: string][] = [
  ['throws synchronously', 'deadline', `${LATE}wild-db: no server`],
  ['throws null', 'deadline', `${LATE}wild-db: threw null, which is not an error`],
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
    `${BROKE}provision answered ready with a handle of 1000002 bytes; the limit is 65536`,
  ],
  [
    'answers a secret of a megabyte',
    'misbehaved',
    `${BROKE}provision answered secrets of 1048579 bytes; Vercel accepts 65536 for all variables ` +
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

/** Creates a deployment that becomes ready and is deleted, with these results of deprovision. */
async function deleted(deprovision: string[]): Promise<string> {
  const id = await deploy('wild', { provision: 'is ready', deprovision });
  expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
  world.twin.delete(id);
  return id;
}

/** Waits for a released action whose deprovision fails. */
const failedReleaseOf = (id: string) =>
  eventually(async () => {
    const action = await world.actionOf(id);
    return action?.state === 'releasing' && action.statusText?.startsWith('cannot remove') && action;
  });

/** Returns the distinct texts reported to Vercel. A worker with a newer claim repeats the report. */
function failedTexts(id: string): unknown[] {
  const reports = world.twin.deployment(id).actions[0]?.reports ?? [];
  const failed = reports.filter(({ status }) => status === 'failed');
  return [...new Set(failed.map(({ statusText }) => statusText))];
}

/** Records every status text of an action in `failing`, as polling misses some. */
const recordTexts = () =>
  world.sql(`
    CREATE TABLE recorded_text (deployment text, text text);
    CREATE FUNCTION record_text() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN
        INSERT INTO recorded_text
          VALUES (NEW.deployment_id, concat_ws('; meanwhile: ', NEW.failure_text, NEW.progress_text));
        RETURN NULL;
      END $$;
    CREATE TRIGGER record_text AFTER UPDATE ON action
      FOR EACH ROW WHEN (NEW.state = 'failing') EXECUTE FUNCTION record_text()`);

/** Starts all of them in one worker at once, as each waits for deadlines and for calls that never end. */
beforeAll(async () => {
  world = await createPluginWorld({ wild: true });
  await recordTexts();
  for (const [way, reason] of PROVISION)
    ids.set(way, await deploy(reason === 'deadline' ? 'hasty-wild' : 'wild', { provision: way }));
  for (const way of ['logs what cannot be logged', 'changes its request'])
    ids.set(way, await deploy('wild', { provision: way }));
  endless = deleted(['never settles']);
  endless.catch(() => undefined); // Its own test awaits it.
});
afterAll(() => world?.close());

describe('a misbehaving plugin', () => {
  it('does not block the worker for others', async () => {
    const script = [['pending', 'making it'], ['ready']];
    const others = await Promise.all(Array.from({ length: 20 }, () => deploy('scripted', { script })));
    const states = await Promise.all(others.map(async (id) => (await world.twin.waitFor(id, WAIT_MS)).state));
    expect(states).toEqual(others.map(() => 'ready'));
    for (const id of others) world.twin.delete(id);
    await Promise.all(others.map((id) => world.rested(id, 'released')));
  });

  it.each(PROVISION)(
    'that %s fails its action with a text that names the plugin and the fault',
    async (way, reason, text) => {
      const id = ids.get(way) as string;
      expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('error');
      // A call without an end is stray until its 30 s are over. The last deprovision follows
      // only then.
      const action = await world.rested(id, 'failed');
      expect(action).toMatchObject({ reason, statusText: text, allocation: 'closed' });
      expect(failedTexts(id)).toEqual([cut(text, 1_000)]);
      expect(await world.things()).not.toContain(action.key);
    },
  );

  it.each(['logs what cannot be logged', 'changes its request'])(
    'that %s does not fail its action',
    async (way) => {
      expect((await world.twin.waitFor(ids.get(way) as string, WAIT_MS)).state).toBe('ready');
    },
  );
});

describe('a plugin that misbehaves in deprovision', () => {
  const faults = ['throws synchronously', 'throws null', 'answers a wrong shape', 'throws for good'];

  it('is called repeatedly, and the reason is shown beside the verdict', async () => {
    const deprovision = [...faults, 'gone'];
    const id = await deploy('wild', { provision: 'answers a wrong shape', deprovision });
    const { key, statusText } = await world.rested(id, 'failed');
    expect(statusText).toBe(VERDICT);
    const recorded = await world.sql<{ text: string }>(
      `SELECT text FROM recorded_text WHERE deployment = $1`,
      [id],
    );
    expect(recorded.map(({ text }) => text)).toEqual(
      expect.arrayContaining(
        [
          'wild-db: no server',
          'wild-db: threw null, which is not an error',
          `${BROKE}deprovision answered status "done", not "gone" or "pending"`,
          'wild-db: no',
        ].map((why) => `${VERDICT}; meanwhile: cannot remove ${key}: ${why}`),
      ),
    );
    expect(failedTexts(id)).toEqual([VERDICT]);
    expect(await world.things()).not.toContain(key);
  });

  it('leaves a released action releasing, with the reason as its text', async () => {
    const { key, statusText } = await failedReleaseOf(await deleted(['throws a proxy']));
    expect(statusText).toBe(`cannot remove ${key}: wild-db: threw something that cannot be read`);
  });

  it('that never ends is abandoned after 30 s and does not prevent the shutdown', async () => {
    const { key, statusText } = await failedReleaseOf(await endless);
    expect(statusText).toBe(
      `cannot remove ${key}: wild-db: no answer within 30 s, and its signal was ignored`,
    );
    const calls = async () => (await world.calls(key as string)).filter(({ what }) => what === 'deprovision');
    await eventually(async () => (await calls()).length >= 2); // Another call is running.
    const begun = Date.now();
    await world.app.stop().catch((error: unknown) => expect(String(error)).toContain('could not be closed'));
    expect(Date.now() - begun).toBeLessThan(22_000); // A forced end happens after 25 s.
  });
});
