import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApplication } from '../../../src/boot/create-app.js';
import { loadConfig } from '../../../src/config/config.js';
import type { Faults } from '../../../src/twin/twin.js';
import {
  createPluginWorld,
  inFolder,
  type PluginCall,
  type PluginWorld,
} from '../../support/plugin-world.js';
import { eventually, WAIT_MS } from '../../support/world.js';

const READY = [['ready']];

/** Starts every scenario at once in one world, as most of them wait. Each test awaits its own scenario. */
const scenarios: { run: () => Promise<void>; end: Promise<void> | null }[] = [];
function scenario(name: string, run: () => Promise<void>): void {
  const mine = { run, end: null as Promise<void> | null };
  scenarios.push(mine);
  // oxlint-disable-next-line vitest/valid-title -- the caller's title
  it(name, () => mine.end as Promise<void>);
}
scenario.each =
  <Row extends unknown[]>(rows: readonly (readonly [...Row])[]) =>
  (name: string, run: (...row: Row) => Promise<void>): void => {
    for (const row of rows) {
      let at = 0;
      scenario(
        name.replaceAll('%s', () => String(row[at++])),
        () => run(...row),
      );
    }
  };

let world: PluginWorld;
beforeAll(async () => {
  world = await createPluginWorld();
  for (const one of scenarios) {
    one.end = one.run();
    one.end.catch(() => undefined); // Its own test awaits it.
  }
});
afterAll(() => world?.close());

const only = (calls: PluginCall[], what: PluginCall['what']): PluginCall[] =>
  calls.filter((call) => call.what === what);

const reportsOf = (id: string) => world.twin.deployment(id).actions[0]?.reports ?? [];
const statuses = (id: string): string[] =>
  reportsOf(id).map(({ status, statusText }) => `${status} ${statusText}`);
const gets = (id: string) =>
  world.twin
    .log()
    .filter(
      (entry) => entry.kind === 'api' && entry.operation === 'get-deployment' && entry.deploymentId === id,
    );
const violations = (from: PluginWorld = world) => from.twin.log().filter(({ kind }) => kind === 'violation');

/** Creates a deployment with one action whose resource has this script. */
async function deploy(
  action: string,
  script: unknown[][] = READY,
  over: { gitRef?: string; faults?: Faults | Faults[]; project?: string } = {},
): Promise<string> {
  const connections = [await world.connect(action, { script })];
  return world.twin.createDeployment({ project: 'shop', connections, ...over }).id;
}

const ended = (id: string, ms = 60_000) => world.twin.waitFor(id, ms);

/** Waits until `provision` is called for this deployment, and returns the allocation key. */
async function provisioning(id: string, from: PluginWorld = world): Promise<string> {
  const { key } = await from.rested(id, 'provisioning');
  await eventually(async () => only(await from.calls(key as string), 'provision').length > 0);
  return key as string;
}

/** Which limit ends the request first, the action's deadline or its own, depends on the machine's load. */
const LATE =
  /^not begun before the deadline: (vercel did not say which deployment it is|vercel: no answer in time)$/;

describe('a provision that is no longer needed', () => {
  scenario.each([
    ['cancel', 'canceled'],
    ['delete', 'released'],
  ] as ['cancel' | 'delete', string][])(
    'is aborted by a %s, and its allocation is deprovisioned',
    async (verb, state) => {
      const id = await deploy('slow');
      const key = await provisioning(id);
      expect(await world.things()).toContain(key);
      const at = Date.now();
      world.twin[verb](id);
      const [aborted] = await eventually(async () => {
        const calls = only(await world.calls(key), 'aborted');
        return calls.length > 0 && calls;
      });
      const ms = (aborted as PluginCall).at - at;
      console.info(`aborted ${ms} ms after the ${verb}`);
      expect(ms).toBeLessThan(10_000); // The call itself takes 20 s.
      await world.rested(id, state);
      expect(await world.things()).not.toContain(key);
      expect(statuses(id).filter((status) => !status.startsWith('running'))).toEqual([]);
      expect(await world.actionOf(id)).toMatchObject({ allocation: 'closed' });
    },
  );

  scenario('is awaited when it ignores the abort, and deprovisioned after it has taken effect', async () => {
    const id = await deploy('stubborn');
    const key = await provisioning(id);
    world.twin.cancel(id);
    await world.rested(id, 'canceled');
    const calls = await world.calls(key);
    const seen = calls.map(({ what, there }) => (there ? `${what} of it` : what));
    // Deprovision is called at once, before the provision has an effect.
    expect(seen.slice(0, 2)).toEqual(['provision', 'deprovision']);
    expect(seen.slice(-2)).toEqual(['landed', 'deprovision of it']);
    expect(await world.things()).not.toContain(key);
    expect(statuses(id)).toEqual([]);
  });

  scenario(
    'is abandoned when Vercel does not find the deployment, and deprovisioned when no call is stray',
    async () => {
      const steps = Array.from({ length: 200 }, (_, index) => ['pending', `step ${index}`]);
      const id = await deploy('scripted', [['throw', 'connection lost'], ...steps], {
        faults: { operation: 'cleanup', webhooks: { drop: { attempts: 1000 } } },
      });
      const key = await provisioning(id);
      world.twin.delete(id);
      const action = await world.rested(id, 'released');
      expect(action).toMatchObject({ reason: 'deployment-gone', allocation: 'closed' });
      expect(action.path).toEqual(['start', 'begin', 'release', 'gone']);
      const calls = only(await world.calls(key), 'deprovision').length;
      expect(calls, 'calls of deprovision').toBeLessThan(6);
    },
  );

  scenario('does not wait for the deployment to be read', async () => {
    const slow = { slow: { ms: 8_000 } };
    const id = await deploy('scripted', READY, { faults: { operation: 'get-deployment', api: slow } });
    await eventually(async () => (await world.actionOf(id))?.state === 'queued');
    world.twin.cancel(id);
    await world.rested(id, 'canceled');
  });

  scenario('fails at its deadline when Vercel does not answer about the deployment', async () => {
    const slow = { slow: { ms: 60_000 } };
    const id = await deploy('hasty', READY, { faults: { operation: 'get-deployment', api: slow } });
    expect(await world.rested(id, 'failed')).toMatchObject({
      reason: 'deadline',
      statusText: expect.stringMatching(LATE),
    });
  });

  scenario('is preceded by one request for the deployment', async () => {
    const id = await deploy('scripted');
    await ended(id);
    expect(gets(id)).toHaveLength(1);
  });

  scenario('does not begin when the cleanup arrives first', async () => {
    const id = await deploy('scripted', READY, {
      faults: { operation: 'start', webhooks: { drop: { attempts: 1000 } } },
    });
    world.twin.delete(id);
    const action = await world.rested(id, 'released');
    expect(action).toMatchObject({ path: ['cleanup', 'gone'], key: null, outcome: null });
  });

  scenario('does not begin when the cancel arrives first, even when the start follows', async () => {
    const id = await deploy('scripted', READY, {
      faults: { operation: 'start', webhooks: { delay: { ms: 1_500 } } },
    });
    world.twin.cancel(id);
    await world.rested(id, 'canceled');
    await eventually(async () => {
      const rows = await world.sql('SELECT id FROM delivery WHERE deployment_id = $1', [id]);
      return rows.length === 2;
    });
    expect(await world.actionOf(id)).toMatchObject({
      state: 'canceled',
      path: ['cancel', 'gone'],
      key: null,
    });
    expect(statuses(id)).toEqual([]);
  });

  scenario.each([
    ['a cleanup', (id: string) => world.twin.delete(id), 'released'],
    ['a cancel of the action alone', (id: string) => world.twin.cancel(id, 'scripted'), 'canceled'],
  ])('is ended by %s while it waits for its next call', async (_, end, state) => {
    const id = await deploy('scripted', [['pending-late', 'waiting for a slot']]);
    await eventually(() => statuses(id).length > 0);
    end(id);
    const action = await world.rested(id, state);
    expect(await world.things()).not.toContain(action.key);
    expect(action.allocation).toBe('closed');
  });
});

describe('the answer of a provisioner', () => {
  scenario(
    "fails the action with the plugin's text when it is permanent, and the allocation is deprovisioned",
    async () => {
      const id = await deploy('scripted', [['permanent', 'branch limit reached (10 of 10)']]);
      const deployment = await ended(id);
      expect(deployment.state).toBe('error');
      expect(statuses(id)).toEqual(['failed branch limit reached (10 of 10)']);
      const action = await world.rested(id, 'failed');
      expect(action).toMatchObject({
        reason: 'permanent',
        outcome: 'failed',
        path: ['start', 'begin', 'fail', 'gone'],
      });
      expect(await world.things()).not.toContain(action.key);
    },
  );

  scenario('causes further attempts when it is an error, until the action is ready', async () => {
    const id = await deploy('scripted', [['throw', 'ECONNREFUSED'], ['throw', 'ECONNREFUSED'], ['ready']]);
    expect((await ended(id)).state).toBe('ready');
    const action = await world.rested(id, 'succeeded');
    expect(only(await world.calls(action.key as string), 'provision')).toHaveLength(3);
    expect(statuses(id)).toEqual(['succeeded ready']);
  });

  scenario('is reported as progress, each text once', async () => {
    const id = await deploy('scripted', [
      ['pending', 'creating the branch'],
      ['pending', 'creating the branch'],
      ['pending', 'starting the server'],
      ['ready'],
    ]);
    expect((await ended(id)).state).toBe('ready');
    expect(statuses(id)).toEqual([
      'running creating the branch',
      'running starting the server',
      'succeeded ready',
    ]);
  });

  scenario('contains the handle for the next call', async () => {
    const id = await deploy('scripted', [['pending', 'one'], ['pending', 'two'], ['ready']]);
    const { env } = await ended(id);
    expect(env['DB_COUNT']).toBe('3');
    const { key } = await world.rested(id, 'succeeded');
    const handles = only(await world.calls(key as string), 'provision').map(({ handle }) => handle);
    expect(handles).toEqual([null, { count: 1 }, { count: 2 }]);
  });

  scenario.each([
    ['nothing', 'provision answered status undefined'],
    ['a text', 'provision answered status undefined'],
    ['no status', 'provision answered status undefined'],
    ['another status', 'provision answered status "done"'],
    ['ready without a handle', 'handle that is not JSON'],
    ['a handle with NUL', 'handle that is not JSON'],
    ['a handle with half a character', 'handle that is not JSON'],
    ['a handle that is no JSON', 'handle that is not JSON'],
    ['a handle that is too big a number', 'handle that is not JSON'],
    ['a secret that is a number', 'secret PORT'],
    ['an empty secret', 'empty secret URL'],
    ['a secret no environment takes', 'secret named "DATABASE-URL"'],
    ['a message that is no text', 'message'],
    ['pending without a message', 'pending without a message'],
    ['pending without a time', 'retryAfterMs'],
    ['pending with a time that is none', 'retryAfterMs'],
  ])('fails the action when it is %s', async (kind, problem) => {
    const id = await deploy('scripted', [['odd', kind]]);
    expect((await ended(id)).state).toBe('error');
    const action = await world.rested(id, 'failed');
    expect(action).toMatchObject({ reason: 'misbehaved', outcome: 'failed' });
    expect(action.statusText).toContain(problem);
    expect(statuses(id)).toEqual([`failed ${action.statusText}`]);
  });

  scenario.each([
    ['an error', [['throw', 'bad \0 byte and half \ud800 a character'], ['ready']]],
    ['progress', [['pending', 'bad \0 byte and half \ud800 a character'], ['ready']]],
  ])('can contain characters that the database rejects in the text of %s', async (_, script) => {
    // Settings cannot contain such text, so the script escapes it and the plugin decodes it from JSON.
    const id = await deploy('scripted', escaped(script));
    expect((await ended(id)).state).toBe('ready');
    const { path } = await world.rested(id, 'succeeded');
    expect(path).toEqual(['start', 'begin', 'ready', 'accepted']);
    const [row] = await world.sql('SELECT attempt FROM action WHERE deployment_id = $1', [id]);
    expect(row).toEqual({ attempt: 1 }); // The action was claimed once, so no error occurred.
  });
});

/** Settings with NUL are rejected. The plugin decodes values that begin with `json:`. */
const escaped = (script: string[][]): string[][] =>
  script.map(([verb, text]) =>
    text === undefined ? [verb as string] : [verb as string, `json:${JSON.stringify(text)}`],
  );

describe('the deadline', () => {
  scenario.each([
    ['waits', [['pending', 'waiting for a free slot']], /waiting for a free slot$/],
    ['asks for a later call', [['pending-late', 'rate limited']], /rate limited$/],
    ['throws again and again', [['throw', 'server is down']], /server is down$/],
    ['hangs', [['pending', 'almost there'], ['hang']], /almost there$/],
    ['hangs from the first', [['hang']], /: scripted-db had not answered$/],
  ])('ends a provision that %s, with its last text', async (_, script, lastText) => {
    const id = await deploy('hasty', script);
    const at = Date.now();
    const deployment = await ended(id);
    expect(Date.now() - at).toBeGreaterThan(3_000);
    expect(deployment.state).toBe('error');
    expect(deployment.integrations?.status).toBe('error');
    const failed = reportsOf(id).filter(({ status }) => status === 'failed');
    expect(failed).toHaveLength(1);
    expect(failed[0]?.statusText).toMatch(/^not ready before the deadline/);
    expect(failed[0]?.statusText).toMatch(lastText);
    const action = await world.rested(id, 'failed');
    expect(action).toMatchObject({ reason: 'deadline', statusText: failed[0]?.statusText });
  });

  scenario('has passed when the webhook arrives too late', async () => {
    const id = await deploy('hasty', READY, {
      faults: { operation: 'start', webhooks: { delay: { ms: 13_000 } } },
    });
    expect((await ended(id)).state).toBe('error');
    expect(statuses(id)).toEqual(['failed the webhook came after the deadline had passed']);
    await world.rested(id, 'failed');
  });

  scenario('does not end an action that is ready and only has to be reported', async () => {
    const id = await deploy('hasty', READY, {
      faults: { operation: 'update-action', api: { status5xx: { count: 5, status: 503 } } },
    });
    expect((await ended(id)).state).toBe('ready');
    expect((await world.rested(id, 'succeeded')).path).toEqual(['start', 'begin', 'ready', 'accepted']);
  });
});

describe("Vercel's API", () => {
  const FAULTS: [string, Faults['api']][] = [
    ['responds 429 with Retry-After', { status429: { count: 2, retryAfterSeconds: 1 } }],
    ['responds 500', { status5xx: { count: 3 } }],
    ['breaks the connection', { reset: { count: 3 } }],
    ['accepts the report and breaks the connection', { executeThenReset: { count: 2 } }],
    ['accepts the report and never responds', { executeThenTimeout: { count: 1 } }],
    ['is slow', { slow: { ms: 2_000, count: 2 } }],
    [
      'does all of these',
      {
        status429: { count: 1, retryAfterSeconds: 1 },
        status5xx: { count: 1 },
        executeThenReset: { count: 1 },
      },
    ],
  ];
  scenario.each(
    FAULTS.flatMap(([what, api]) =>
      (['ready', 'permanent'] as const).map((verb) => [what, verb, api] as const),
    ),
  )('gets the same verdict when it %s (%s)', async (_, verb, api) => {
    const script = [['pending', 'creating'], verb === 'ready' ? ['ready'] : ['permanent', 'quota used up']];
    const faults = [
      { operation: 'update-action' as const, api: api ?? {} },
      { operation: 'get-deployment' as const, api: { status5xx: { count: 1 } } },
    ];
    const id = await deploy('scripted', script, { faults });
    const deployment = await ended(id, 45_000);
    expect(deployment.state).toBe(verb === 'ready' ? 'ready' : 'error');
    await world.rested(id, verb === 'ready' ? 'succeeded' : 'failed');
    const verdicts = reportsOf(id).filter(({ status }) => status !== 'running');
    expect(verdicts.filter(({ effect }) => effect === 'applied')).toHaveLength(1);
    expect(new Set(verdicts.map(({ status }) => status))).toEqual(
      new Set([verb === 'ready' ? 'succeeded' : 'failed']),
    );
    if (verb === 'ready') expect(deployment.env['DB_PASSWORD']).toMatch(/^[0-9a-f]{64}$/);
  });

  scenario('gets the same secrets when they are provisioned again', async () => {
    const id = await deploy('scripted', READY, {
      faults: {
        operation: 'update-action',
        api: { status429: { count: 1, retryAfterSeconds: 7 }, executeThenReset: { count: 1 } },
      },
    });
    const deployment = await ended(id, 30_000);
    const { key } = await world.rested(id, 'succeeded');
    expect(only(await world.calls(key as string), 'provision').length).toBeGreaterThanOrEqual(2);
    expect(deployment.env['DB_KEY']).toBe(key);
    expect(violations().filter(({ deploymentId }) => deploymentId === id)).toEqual([]);
  });

  scenario(
    'causes a release without an allocation when it does not know the deployment any more',
    async () => {
      const faults = [
        { operation: 'start' as const, webhooks: { delay: { ms: 500 } } },
        { operation: 'cleanup' as const, webhooks: { drop: { attempts: 1000 } } },
      ];
      const id = await deploy('scripted', READY, { faults });
      world.twin.delete(id);
      const action = await world.rested(id, 'released');
      expect(action).toMatchObject({
        reason: 'deployment-gone',
        path: ['start', 'release', 'gone'],
        key: null,
        statusText: null,
      });
    },
  );

  scenario('causes retries while it does not find a new deployment', async () => {
    const hidden = { operation: 'get-deployment' as const, api: { status404: { count: 7 } } };
    const id = await deploy('scripted', READY, { faults: hidden });
    await world.rested(id, 'succeeded');
    expect(await world.twin.waitFor(id, WAIT_MS)).toMatchObject({ state: 'ready' });
  });

  scenario('gets a failure without an allocation when it does not find the deployment', async () => {
    world.twin.install('icfg_404', 'of-the-right-team');
    world.twin.addForeignToken('of-another-team');
    await world.api('/api/v1/installations/icfg_404', {
      method: 'PUT',
      body: '{"accessToken":"of-another-team"}',
    });
    const connections = [await world.connect('scripted', { script: READY }, 'icfg_404')];
    const { id } = world.twin.createDeployment({ project: 'shop', connections });
    const action = await world.rested(id, 'failed');
    expect(action).toMatchObject({
      reason: 'deployment-not-found',
      path: ['start', 'fail', 'gone'],
      key: null,
    });
    expect(action.statusText).toContain('may be another team');
  });

  scenario('causes a release when it does not know the deployment any more during a provision', async () => {
    const faults = { operation: 'cleanup' as const, webhooks: { drop: { attempts: 1000 } } };
    const id = await deploy(
      'scripted',
      [['pending', 'one'], ...Array.from({ length: 30 }, (_, n) => ['pending', `step ${n}`])],
      { faults },
    );
    const { key } = await world.rested(id, 'provisioning');
    world.twin.delete(id);
    expect(await world.rested(id, 'released')).toMatchObject({
      reason: 'deployment-gone',
      allocation: 'closed',
    });
    expect(await world.things()).not.toContain(key);
  });

  scenario('causes the report to wait for a new token when it rejects the token', async () => {
    world.twin.install('icfg_401', 'right');
    const path = '/api/v1/installations/icfg_401';
    await world.api(path, { method: 'PUT', body: '{"accessToken":"wrong"}' });
    const connections = [await world.connect('scripted', { script: READY }, 'icfg_401')];
    const { id } = world.twin.createDeployment({ project: 'shop', connections });
    const waiting = await eventually(async () => {
      const action = await world.actionOf(id);
      return action?.state === 'reporting' && action.statusText?.includes('icfg_401') && action;
    });
    expect(waiting.statusText).toContain('401');
    expect(waiting.statusText).not.toContain('wrong');
    await world.api(path, { method: 'PUT', body: '{"accessToken":"right"}' });
    const deployment = await ended(id, 45_000);
    expect(deployment.state).toBe('ready');
    expect(deployment.actions[0]?.statusText).toBe('ready');
    expect(await world.rested(id, 'succeeded')).toMatchObject({ statusText: 'ready' });
  });
});

describe('deployments of one git branch', () => {
  scenario('share an allocation, which the last one deprovisions', async () => {
    const connections = [await world.connect('shared', { script: READY })];
    const deployFeature = () =>
      world.twin.createDeployment({ project: 'shop', gitRef: 'feature', connections }).id;
    const [first, second] = [deployFeature(), deployFeature()];
    const [one, two] = await Promise.all([ended(first), ended(second)]);
    expect(one.env['DB_KEY']).toBe(two.env['DB_KEY']);
    expect(one.env['DB_PASSWORD']).toBe(two.env['DB_PASSWORD']);
    const { key } = await world.rested(first, 'succeeded');
    await world.rested(second, 'succeeded');
    world.twin.delete(first);
    await world.rested(first, 'released');
    expect(await world.things()).toContain(key);
    expect(only(await world.calls(key as string), 'deprovision')).toEqual([]);
    world.twin.delete(second);
    await world.rested(second, 'released');
    expect(await world.things()).not.toContain(key);
    expect(only(await world.calls(key as string), 'deprovision')).toHaveLength(1);

    const third = deployFeature();
    const three = await ended(third);
    expect(three.env['DB_KEY']).toBe(`${key}-2`);
    expect(three.env['DB_PASSWORD']).not.toBe(one.env['DB_PASSWORD']);
    await world.rested(third, 'succeeded');
    expect(await world.things()).toContain(`${key}-2`);
  });

  scenario('deprovision their allocation once when all of them are deleted at once', async () => {
    const connections = [await world.connect('shared', { script: READY })];
    const ids = Array.from(
      { length: 8 },
      () => world.twin.createDeployment({ project: 'shop', gitRef: 'rush', connections }).id,
    );
    await Promise.all(ids.map((id) => ended(id)));
    const keys = await Promise.all(
      ids.map(async (id) => (await world.rested(id, 'succeeded')).key as string),
    );
    expect(new Set(keys).size).toBe(1);
    for (const id of ids) world.twin.delete(id);
    await Promise.all(ids.map((id) => world.rested(id, 'released')));
    expect(only(await world.calls(keys[0] as string), 'deprovision')).toHaveLength(1);
    expect(await world.things()).not.toContain(keys[0]);
  });

  scenario('share no allocation without a branch', async () => {
    const connections = [await world.connect('shared', { script: READY })];
    const ids = [undefined, 'HEAD', 'HEAD'].map(
      (gitRef) =>
        world.twin.createDeployment({ project: 'shop', connections, ...(gitRef ? { gitRef } : {}) }).id,
    );
    const envs = await Promise.all(ids.map(async (id) => (await ended(id)).env['DB_KEY']));
    expect(new Set(envs).size).toBe(3);
  });
});

describe('a worker in another process than the web role', () => {
  scenario('is notified of a cancel, and aborts the call', async () => {
    const apart = await createPluginWorld({ roles: 'web' });
    const config = loadConfig({ ...apart.env, ROLES: 'worker' }, { cwd: apart.cwd });
    const worker = await inFolder(apart.cwd, () => startApplication(config, apart.databaseUrl));
    try {
      const connections = [await apart.connect('slow')];
      const { id } = apart.twin.createDeployment({ project: 'shop', connections });
      const key = await provisioning(id, apart);
      const at = Date.now();
      apart.twin.cancel(id);
      const call = await eventually(async () => only(await apart.calls(key), 'aborted')[0]);
      console.info(`aborted ${call.at - at} ms after the cancel, in another process`);
      expect(call.at - at).toBeLessThan(10_000);
      await apart.rested(id, 'canceled');
      expect(await apart.things()).toEqual([]);
      expect(violations(apart)).toEqual([]);
    } finally {
      await worker.stop();
      await apart.close();
    }
  });
});

describe('the end of all scenarios', () => {
  it('has no contradictory report, and only the allocations of live deployments', async () => {
    await eventually(async () => {
      const [row] = await world.sql(
        `SELECT count(*)::int FROM action WHERE state NOT IN ('succeeded', 'failed', 'canceled', 'released')`,
      );
      return row?.['count'] === 0;
    });
    expect(violations()).toEqual([]);
    const held = await world.sql<{ key: string }>(`SELECT key FROM allocation WHERE state <> 'closed'`);
    expect((await world.things()).sort()).toEqual(held.map(({ key }) => key).sort());
    const stray = await world.sql(
      `SELECT l.key FROM allocation l WHERE (l.state <> 'closed') <> EXISTS (
         SELECT FROM action a WHERE a.allocation_id = l.id AND a.hold = 'holds' AND a.state = 'succeeded')`,
    );
    expect(stray).toEqual([]);
  });
});
