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
  slow:
    provisioner: readiness
    deadline: 30s
    config:
      probes: [{ type: http, url: ${url} }]
      successes: 2
      interval: 200ms
      allow: [127.0.0.1]
  private:
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

/** Creates a deployment with this action. `report` waits for its end and returns its last report. */
function deploy(action: string) {
  const connections = [connection({ actions: [action] })];
  const { id } = world.twin.createDeployment({ project: 'shop', gitRef: 'main', connections });
  const report = async () => (await world.twin.waitFor(id, WAIT_MS)).actions[0]?.reports.at(-1);
  return { id, report };
}

describe('the readiness builtin', () => {
  it('fails the action at the deadline with the last failed probe', async () => {
    status = 503;
    const { report } = deploy('branch');
    expect(await report()).toMatchObject({
      status: 'failed',
      statusText: `not ready before the deadline: readiness: GET ${origin} answered 503, expected 200-299`,
    });
  });

  it('reports progress while it waits, and then unblocks the deployment', async () => {
    status = 500;
    const { id, report } = deploy('slow');
    const texts = (): string[] =>
      world.twin
        .deployment(id)
        .actions.flatMap(({ reports }) => reports.map((one) => String(one.statusText)));
    await expect.poll(texts).toContain(`readiness: GET ${origin} answered 500, expected 200-299`);
    status = 200;
    expect(await report()).toMatchObject({ status: 'succeeded' });
  });

  it('fails the action at once for a private address that is not allowed', async () => {
    const { report } = deploy('private');
    expect(await report()).toMatchObject({
      status: 'failed',
      statusText: expect.stringMatching(/host "127\.0\.0\.1" has the address 127\.0\.0\.1.*to allow/),
    });
  });
});

describe('the env-vars builtin', () => {
  it('sets environment variables of the deployment', async () => {
    const { id, report } = deploy('environment');
    expect(await report()).toMatchObject({ status: 'succeeded' });
    expect(world.twin.deployment(id).env).toMatchObject({ SHOP_BRANCH: 'main', SHOP_REGION: 'fra1' });
  });
});
