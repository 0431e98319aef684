import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApplication } from '../../../src/boot/create-app.js';
import { loadConfig } from '../../../src/config/config.js';
import type { Faults } from '../../../src/twin/twin.js';
import { createPluginWorld, inFolder, type PluginWorld } from '../../support/plugin-world.js';
import { connection, eventually, WAIT_MS } from '../../support/world.js';

const REASON = 'the cluster is being moved';
const STATUS_TEXT = `canceled by the provider: ${REASON}`;

let world: PluginWorld;
beforeAll(async () => {
  world = await createPluginWorld();
});
afterAll(() => world?.close());

const command = (path: string, reason = REASON, from: PluginWorld = world) =>
  from.api(`/api/v1/actions/${path}`, { method: 'POST', body: JSON.stringify({ reason }) });

async function deploy(
  action: string,
  script: unknown[][] = [['ready']],
  faults: Faults[] = [],
): Promise<string> {
  const connections = [await world.connect(action, { script })];
  return world.twin.createDeployment({ project: 'shop', connections, faults }).id;
}

const provisions = async (key: string | null, from: PluginWorld = world): Promise<number> =>
  key === null ? 0 : (await from.calls(key)).filter(({ what }) => what === 'provision').length;
const reportsOf = (id: string, from: PluginWorld = world): string[] =>
  (from.twin.deployment(id).actions[0]?.reports ?? []).map(
    ({ status, statusText }) => `${status} ${statusText}`,
  );
const violations = (from: PluginWorld = world) => from.twin.log().filter(({ kind }) => kind === 'violation');

/** Cancels the action, and waits until Vercel has ended the deployment. */
async function cancel(id: string, from: PluginWorld = world): Promise<void> {
  const action = await from.actionOf(id);
  const at = Date.now();
  const { status, body } = await command(`${action?.id}/cancel`, REASON, from);
  expect(status, JSON.stringify(body)).toBe(202);
  expect(body.state).toMatch(/^failing$|^failed$/); // A worker may be faster than the response.
  const deployment = await from.twin.waitFor(id, WAIT_MS);
  console.info(`the deployment ended ${Date.now() - at} ms after the cancel in ${action?.state}`);
  expect(deployment).toMatchObject({ state: 'error', integrations: { status: 'error' } });
  expect(deployment.actions[0]).toMatchObject({ status: 'failed', statusText: STATUS_TEXT });
}

/** Waits until the action has failed, and expects no allocation at the backend. */
async function rested(id: string, from: PluginWorld = world): Promise<void> {
  const action = await from.rested(id, 'failed');
  expect(action).toMatchObject({
    reason: 'canceled-by-operator',
    outcome: 'failed',
    statusText: STATUS_TEXT,
  });
  expect(await from.things()).not.toContain(action.key);
}

describe.concurrent('verdicts with a worker', () => {
  describe("an operator's cancel", () => {
    it("ends the deployment with the operator's reason during a call of the plugin", async () => {
      const id = await deploy('slow');
      const { key } = await world.rested(id, 'provisioning');
      await eventually(async () => (await provisions(key)) > 0);
      await cancel(id);
      await rested(id);
      expect((await world.actionOf(id))?.path).toEqual(['start', 'begin', 'abort', 'gone']);
      expect(reportsOf(id)).toEqual([`failed ${STATUS_TEXT}`]);
    });

    it('does not wait for a plugin that ignores the abort', async () => {
      const id = await deploy('stubborn');
      const { key } = await world.rested(id, 'provisioning');
      await eventually(async () => (await provisions(key)) > 0);
      await cancel(id);
      await rested(id);
    });

    it('ends the deployment between two calls of the plugin, and while its deployment is read', async () => {
      const late = await deploy('scripted', [['pending-late', 'waiting for a slot']]);
      await eventually(() => reportsOf(late).length > 0);
      const slow = { operation: 'get-deployment' as const, api: { slow: { ms: 20_000 } } };
      const queued = await deploy('scripted', [['ready']], [slow]);
      await world.rested(queued, 'queued');
      await Promise.all([cancel(late), cancel(queued)]);
      await rested(queued);
      expect(await world.actionOf(queued)).toMatchObject({ key: null, path: ['start', 'abort', 'gone'] });
    });

    it.each<[string, Faults['api']]>([
      ['responds 500', { status5xx: { count: 2 } }],
      ['accepts the report and breaks the connection', { executeThenReset: { count: 1 } }],
      ['accepts the report and never responds', { executeThenTimeout: { count: 1 } }],
    ])('is a single verdict when Vercel %s', async (_, api) => {
      const id = await deploy('slow', [['ready']], [{ operation: 'update-action', api: api ?? {} }]);
      await world.rested(id, 'provisioning');
      await cancel(id);
      expect(new Set(reportsOf(id))).toEqual(new Set([`failed ${STATUS_TEXT}`]));
    });

    it('is refused while `succeeded` is being reported, and Vercel gets no other report', async () => {
      const later = { operation: 'update-action' as const, api: { status5xx: { count: 3 } } };
      const id = await deploy('scripted', [['ready']], [later]);
      const { id: action } = await world.rested(id, 'reporting');
      const { status, body } = await command(`${action}/cancel`);
      expect([status, body.state]).toEqual([409, 'reporting']);
      expect(body.why).toMatch(/may already have accepted `succeeded`/);
      expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
      await world.rested(id, 'succeeded');
      expect(new Set(reportsOf(id))).toEqual(new Set(['succeeded ready']));
    });

    it('reaches a worker in another process', async () => {
      const apart = await createPluginWorld({ roles: 'web' });
      const config = loadConfig({ ...apart.env, ROLES: 'worker' }, { cwd: apart.cwd });
      const worker = await inFolder(apart.cwd, () => startApplication(config, apart.databaseUrl));
      try {
        const { id } = apart.twin.createDeployment({
          project: 'shop',
          connections: [await apart.connect('slow')],
        });
        const { key } = await apart.rested(id, 'provisioning');
        await eventually(async () => (await provisions(key, apart)) > 0);
        await cancel(id, apart);
        expect(violations(apart)).toEqual([]);
      } finally {
        await worker.stop();
        await apart.close();
      }
    });
  });

  describe('a retry', () => {
    /** Fails in its own installation without a token, so that Vercel gets no report. */
    async function unreported(
      name: string,
      faults: Faults[] = [],
    ): Promise<{ deployment: string; action: string; grant: () => Promise<void> }> {
      world.twin.install(name, `token-of-${name}`);
      const connections = [
        connection({ installationId: name, resourceId: `res_${name}`, actions: ['scripted'] }),
      ];
      const { id } = world.twin.createDeployment({ project: 'shop', connections, faults });
      const failed = await world.rested(id, 'failed');
      expect(failed).toMatchObject({ reason: 'no-token' });
      const put = (path: string, body: object) =>
        world.api(`/api/v1/installations/${name}${path}`, { method: 'PUT', body: JSON.stringify(body) });
      const grant = async (): Promise<void> => {
        await put('', { accessToken: `token-of-${name}` });
        await put(`/resources/res_${name}`, { productId: 'prod_1', name, settings: { script: [['ready']] } });
      };
      return { deployment: id, action: failed.id, grant };
    }

    it('succeeds while Vercel waits and has no report', async () => {
      const { deployment, action, grant } = await unreported('icfg_waiting');
      await grant();
      expect((await command(`${action}/retry`)).status).toBe(202);
      expect((await world.twin.waitFor(deployment, WAIT_MS)).state).toBe('ready');
      expect((await world.rested(deployment, 'succeeded')).path.join(' ')).toBe(
        'start fail gone retry begin ready accepted',
      );
    });

    it('is refused once Vercel accepted `failed`, without another allocation or report', async () => {
      const id = await deploy('scripted', [['permanent', 'no room'], ['ready']]);
      expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('error');
      const { id: action, key } = await world.rested(id, 'failed');
      const { status, body } = await command(`${action}/retry`);
      expect(status).toBe(409);
      expect(body.why).toMatch(/^Vercel accepted `failed`.*redeploy\.$/);
      expect(await world.actionOf(id)).toMatchObject({
        state: 'failed',
        path: ['start', 'begin', 'fail', 'gone'],
      });
      expect(await provisions(key)).toBe(1);
      expect(await world.things()).not.toContain(key);
    });

    it('is refused after the deadline, whatever was reported', async () => {
      const id = await deploy(
        'hasty',
        [['hang']],
        [{ operation: 'update-action', api: { status5xx: { count: 1 } } }],
      );
      const { id: action, key } = await world.rested(id, 'failed');
      const made = await provisions(key);
      await world.sql(`UPDATE action SET failure_report = 'none' WHERE id = $1`, [action]);
      const { status, body } = await command(`${action}/retry`);
      expect([status, body.why]).toEqual([
        409,
        expect.stringMatching(/^The deadline has passed.*redeploy\.$/),
      ]);
      expect(await provisions(key)).toBe(made);
      expect(await world.things()).not.toContain(key);
    });

    it('makes no allocation for a deployment that has ended at Vercel', async () => {
      // A cancel that arrives after the retry would end the action first.
      const faults = [{ operation: 'cancel' as const, webhooks: { drop: { attempts: 1000 } } }];
      const { deployment, action, grant } = await unreported('icfg_settled', faults);
      world.twin.cancel(deployment);
      await grant();
      expect((await command(`${action}/retry`)).status).toBe(202);
      const ended = await eventually(async () => {
        const row = await world.actionOf(deployment);
        return row?.state === 'failed' && row.reason === 'deployment-settled' && row;
      });
      expect(ended).toMatchObject({ key: null, path: ['start', 'fail', 'gone', 'retry', 'fail', 'gone'] });
      expect(ended.statusText).toMatch(/settled \(CANCELED\); redeploy it$/);
      expect((await command(`${action}/retry`)).body.why).toMatch(/^Vercel no longer waits/);
      expect(reportsOf(deployment)).toEqual([]);
    });
  });

  describe('a late start', () => {
    it('is served for a ready deployment that did not wait for the action', async () => {
      const connections = [
        { ...(await world.connect('scripted', { script: [['ready']] })), required: false },
      ];
      const faults = [{ operation: 'start' as const, webhooks: { delay: { ms: 1_500 } } }];
      const { id } = world.twin.createDeployment({ project: 'shop', connections, faults });
      expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
      expect((await world.rested(id, 'succeeded')).path).toEqual(['start', 'begin', 'ready', 'accepted']);
      expect(reportsOf(id)).toEqual(['succeeded ready']);
    });

    it('makes no allocation for a deployment that has ended at Vercel', async () => {
      const id = await deploy(
        'scripted',
        [['ready']],
        [
          { operation: 'start', webhooks: { delay: { ms: 1_500 } } },
          { operation: 'cancel', webhooks: { drop: { attempts: 1000 } } },
        ],
      );
      world.twin.cancel(id);
      expect(await world.rested(id, 'failed')).toMatchObject({
        reason: 'deployment-settled',
        outcome: 'failed',
        key: null,
        path: ['start', 'fail', 'gone'],
      });
      expect(reportsOf(id)).toEqual([]);
    });
  });

  describe('a status text', () => {
    it('belongs to its state, and no deadline is shown after the verdict', async () => {
      const id = await deploy('stubborn');
      const { id: action, key } = await world.rested(id, 'provisioning');
      await eventually(async () => (await provisions(key)) > 0);
      world.twin.cancel(id);
      const detail = async () => (await world.api(`/api/v1/actions/${action}`)).body;
      await eventually(async () => (await detail()).statusText?.startsWith('removed; waiting'));
      expect(await detail()).toMatchObject({ state: 'canceling', deadlineAt: null });
      await world.rested(id, 'canceled');
      expect(await detail()).toMatchObject({ state: 'canceled', deadlineAt: null, statusText: null });
      const { body } = await world.api(`/api/v1/actions?deployment=${id}`);
      expect(body.items).toMatchObject([{ statusText: null, deadlineAt: null }]);
    });
  });
});

describe('the reports of all these tests', () => {
  it('contain no contradiction', () => {
    expect(violations()).toEqual([]);
  });
});
