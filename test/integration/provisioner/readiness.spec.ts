import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connection, createWorld, type World, WAIT_MS } from '../../support/world.js';

let status = 503;
const server = createServer((_request, response) => response.writeHead(status).end());
let origin: string;
let world: World;

const ACTIONS = (url: string): string => `actions:
  branch:
    provisioner: readiness
    deadline: 4s
    config:
      probes: [{ type: http, url: '${url}/\${deployment.gitRef}' }]
      interval: 200ms
      allow: [127.0.0.1]
  patient:
    provisioner: readiness
    deadline: 30s
    config:
      probes: [{ type: http, url: ${url} }]
      successes: 2
      interval: 200ms
      allow: [127.0.0.1]
  sly:
    provisioner: readiness
    config:
      probes: [{ type: http, url: ${url} }]
  environment:
    provisioner: env-vars
    config:
      prefix: SHOP_
      vars: { BRANCH: '\${deployment.gitRef}', REGION: '\${resource.settings.region:-fra1}' }
`;

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world = await createWorld({ actions: ACTIONS(origin) });
});
afterAll(async () => {
  await world?.close();
  server.close();
});

/** A deployment with this action; `report` waits until it is over and is what Vercel was told last. */
function deploy(action: string) {
  const connections = [connection({ actions: [action] })];
  const { id } = world.twin.createDeployment({ project: 'shop', gitRef: 'main', connections });
  const report = async () => (await world.twin.waitFor(id, WAIT_MS)).actions[0]?.reports.at(-1);
  return { id, report };
}

describe('readiness in an action', () => {
  it('that never comes ends it at the deadline with what failed last', async () => {
    status = 503;
    const { report } = deploy('branch');
    expect(await report()).toMatchObject({
      status: 'failed',
      statusText: `not ready before the deadline: readiness: GET ${origin} answered 503, expected 200-299`,
    });
  });

  it('is told while it is waited for, and then the deployment goes on', async () => {
    status = 500;
    const { id, report } = deploy('patient');
    const told = (): string[] =>
      world.twin
        .deployment(id)
        .actions.flatMap(({ reports }) => reports.map((one) => String(one.statusText)));
    await expect.poll(told).toContain(`readiness: GET ${origin} answered 500, expected 200-299`);
    status = 200;
    expect(await report()).toMatchObject({ status: 'succeeded' });
  });

  it('of a private address that is not allowed fails it at once', async () => {
    const { report } = deploy('sly');
    expect(await report()).toMatchObject({
      status: 'failed',
      statusText: expect.stringMatching(/host "127\.0\.0\.1" has the address 127\.0\.0\.1.*to allow/),
    });
  });
});

describe('environment variables in an action', () => {
  it('are what the deployment gets', async () => {
    const { id, report } = deploy('environment');
    expect(await report()).toMatchObject({ status: 'succeeded' });
    expect(world.twin.deployment(id).env).toMatchObject({ SHOP_BRANCH: 'main', SHOP_REGION: 'fra1' });
  });
});
