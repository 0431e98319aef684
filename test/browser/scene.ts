import type { ConsoleWorld, Deployed } from './console-world.js';

/** The content of the pictures: an ordinary hour with some failures. */
export interface Scene {
  readonly succeeded: Deployed;
  readonly failed: Deployed;
  /** An action that waits as long as its deadline allows. */
  waiting: Deployed;
  readonly retried: Deployed;
  /** A delivery that changed its action. */
  readonly delivery: string;
  readonly allocation: string;
}

const BUSY = {
  operation: 'update-action',
  api: { status429: { count: 2, retryAfterSeconds: 1 }, status5xx: { count: 1 } },
};
const TWICE = { operation: 'start', webhooks: { duplicate: { times: 3 } } };

export async function playScene(world: ConsoleWorld): Promise<Scene> {
  const { backend } = world;
  backend.slow.set('feature/search', ['cloning main: 20 %', 'cloning main: 60 %', 'starting the endpoint']);
  const succeeded = await world.deploy({ project: 'shop', gitRef: 'feature/search', faults: [BUSY, TWICE] });
  await world.reached(succeeded.action, 'succeeded');
  for (const gitRef of ['feature/search', 'main', 'feature/cart', 'feature/checkout'])
    await world.deploy({ project: 'shop', gitRef, ...(gitRef === 'main' && { target: 'production' }) });
  const retried = await retry(world);
  const other = await world.deploy({ project: 'docs', gitRef: 'fix/links' });
  await world.reached(other.action, 'succeeded');
  backend.hopeless.set('main', 'template main is being restored');
  const last = await world.deploy({ project: 'docs', gitRef: 'main' });
  await world.reached(last.action, 'failed');
  await gone(world, other);
  const waiting = await wait(world);
  const { body } = await world.world.api(`/api/v1/actions/${succeeded.action}`);
  return {
    succeeded,
    failed: last,
    waiting,
    retried,
    delivery: body.deliveries[0].id,
    allocation: body.allocation.key,
  };
}

/** Creates a deployment that waits for its provisioner until its deadline. */
export async function wait(world: ConsoleWorld): Promise<Deployed> {
  world.backend.slow.set('feature/import', ['waiting for a free slot on cluster eu-3…']);
  const waiting = await world.deploy({ project: 'reports', gitRef: 'feature/import' });
  await world.reached(waiting.action, 'provisioning');
  return waiting;
}

/**
 * Creates a deployment whose customer becomes known only after its action failed, so Vercel still waits and
 * has no report.
 */
async function retry(world: ConsoleWorld): Promise<Deployed> {
  const installation = 'icfg_new';
  world.world.twin.install(installation, 'token-of-the-new');
  const retried = await world.deploy({ project: 'docs', gitRef: 'fix/typo', installation });
  await world.reached(retried.action, 'failed');
  const put = (path: string, body: object) =>
    world.world.api(`/api/v1/installations/${installation}${path}`, {
      method: 'PUT',
      body: JSON.stringify(body),
    });
  await put('', { accessToken: 'token-of-the-new' });
  await put('/resources/res_1', { productId: 'prod_1', name: 'main', settings: {} });
  await world.world.api(`/api/v1/actions/${retried.action}/retry`, {
    method: 'POST',
    body: JSON.stringify({ reason: 'the customer is known here now' }),
  });
  await world.reached(retried.action, 'succeeded');
  return retried;
}

async function gone(world: ConsoleWorld, { deployment, action }: Deployed): Promise<void> {
  world.world.twin.delete(deployment);
  await world.reached(action, 'released');
}
