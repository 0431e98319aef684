import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { eventually, WAIT_MS } from '../support/world.js';
import { CrashWorld } from './world/crash-world.js';
import { Ingress } from './world/ingress.js';
import { expectSound } from './world/soundness.js';

const EVERY_MS = 40;
/** The limit of deployments that are created until both terminated pods have ended. */
const MOST = 1_500;

describe('SIGTERM of a web and a worker pod in production, during load', () => {
  it('makes readiness 503 first, fails no request, hands work over, and exits with 0', async (context) => {
    const world = await CrashWorld.create(context, {
      env: { NODE_ENV: 'production', LOG_LEVEL: 'info' },
    });
    world.backend.onProvision = (call) => {
      // The first call takes a while. Half of the first calls ask for another call, which another worker may
      // make.
      const first = world.backend.callsFor(call.deployment).length === 1;
      if (first && call.key.charCodeAt(call.key.length - 1) % 2 === 0) call.pending('warming up', 2_000);
      else setTimeout(() => call.ready(), 300);
    };
    const [web, other, worker] = await world.startAll('web', 'web', 'worker', 'worker');
    if (!web || !other || !worker) throw new Error('rollout: a process did not start');
    const ingress = await Ingress.before(web.url, other.url);
    context.onTestFinished(() => ingress.close());
    world.twin.setWebhookUrl(`${ingress.url}/webhooks/vercel`);

    const ids: string[] = [];
    const load = keepDeploying(world, ids, () => web.running || worker.running);
    await eventually(() => world.backend.provisions.filter(({ pid }) => pid === worker.pid).length > 10);
    const sentBefore = ingress.pods[0]?.sent ?? 0;
    const [exit, workerExit, live] = await Promise.all([
      web.stop(),
      worker.stop(),
      lives(web.url, () => web.running),
    ]);
    await load;
    await world.untilQuiet();

    expect([exit, workerExit], "the exit code is 0 within the process's own limit, 1 after it").toEqual([
      { code: 0, signal: null },
      { code: 0, signal: null },
    ]);
    expect(ingress.failures).toEqual([]);
    expect(world.entries('webhook.result').filter(({ status }) => status !== 202)).toEqual([]);
    expect(ingress.pods.map(({ seen }) => seen)).toEqual([[200, 503, null], [200]]);
    expect(sentBefore, 'requests that the pod answered before SIGTERM').toBeGreaterThan(0);
    expect(live, 'answers of liveness during the shutdown').toEqual(new Set(['200 close']));
    for (const id of ids) expect((await world.twin.waitFor(id, WAIT_MS)).state, id).toBe('ready');
    const shared = ids.filter((id) => new Set(world.backend.callsFor(id).map(({ pid }) => pid)).size > 1);
    expect(shared.length, 'actions that one worker started and the other finished').toBeGreaterThan(0);
    await expectSound(world);
  });
});

async function keepDeploying(world: CrashWorld, ids: string[], goesOn: () => boolean): Promise<void> {
  while (goesOn() && ids.length < MOST) {
    ids.push(world.deploy('thing').id);
    await sleep(EVERY_MS);
  }
}

/** The answer of a server that has closed its port and finishes its open requests. */
const CLOSING = '{"error":"Service Unavailable","message":"Service Unavailable","statusCode":503}';

/** Collects the answers of `/livez` until the port is closed, and whether each connection stays open. */
async function lives(url: string, goesOn: () => boolean): Promise<Set<string>> {
  const seen = new Set<string>();
  while (goesOn()) {
    await sleep(100);
    await request(`${url}/livez`).then(
      async ({ statusCode, headers, body }) => {
        if ((await body.text()) === CLOSING) return;
        seen.add(`${statusCode} ${String(headers['connection'])}`);
      },
      () => undefined,
    );
  }
  return seen;
}
