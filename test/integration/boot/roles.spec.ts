import { afterEach, describe, expect, it } from 'vitest';
import { JobFetcher } from '../../../src/worker/fetch/job-fetcher.js';
import { Sweeper } from '../../../src/sweeper/sweeper.js';
import { ACTIONS, createWorld, type World } from '../../support/world.js';

let world: World;
afterEach(() => world.close());

const start = async (roles: string): Promise<World> =>
  (world = await createWorld({ actions: ACTIONS.memory, roles, installed: false }));

const answers = async (method: string, path: string): Promise<number> =>
  (await fetch(`${world.app.url}${path}`, { method })).status;

const has = (provider: typeof JobFetcher | typeof Sweeper): boolean => {
  try {
    return world.app.nest.get<unknown>(provider) !== null;
  } catch {
    return false; // Nest throws for a provider that no module has.
  }
};

describe('the modules of a process', () => {
  it('are probes, metrics, worker and sweeper for the role worker', async () => {
    await start('worker');
    for (const path of ['/livez', '/readyz', '/metrics']) expect(await answers('GET', path)).toBe(200);
    for (const path of ['/api/v1/me', '/console', '/status/assets/status.css', '/api/openapi.json'])
      expect(await answers('GET', path)).toBe(404);
    expect(await answers('POST', '/webhooks/vercel')).toBe(404);
    expect([has(JobFetcher), has(Sweeper)]).toEqual([true, true]);
  });

  it('are probes, metrics, intake, API, console and status page for the role web', async () => {
    await start('web');
    for (const path of ['/livez', '/readyz', '/metrics', '/status/assets/status.css', '/api/openapi.json'])
      expect(await answers('GET', path)).toBe(200);
    expect(await answers('GET', '/api/v1/me')).toBe(401);
    expect(await answers('GET', '/console/sign-in.json')).toBe(200);
    expect(await answers('POST', '/webhooks/vercel')).toBe(401);
    expect([has(JobFetcher), has(Sweeper)]).toEqual([false, false]);
  });
});
