import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '../../../src/database/schema/migrate.js';
import { startTwin, type Twin } from '../../../src/twin/twin.js';
import { expectEvents, type LogLine } from '../../support/log.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { startDrawbridge } from '../../support/processes.js';
import {
  ADMIN,
  connection,
  environment,
  eventually,
  INSTALLATION,
  RESOURCE,
  SECRET,
  TOKEN,
} from '../../support/world.js';

/** A secret of a provisioner, which must not occur in the log. */
const PROVISIONED = 'the-secret-that-a-build-gets';

let database: TestDatabase;
let twin: Twin;
let folder: string;
beforeAll(async () => {
  database = await createDatabase('logs');
  await migrate(database.url);
  folder = await mkdtemp(join(tmpdir(), 'drawbridge-logs-'));
  const config = `{ vars: { GREETING: "${PROVISIONED}" } }`;
  await writeFile(
    join(folder, 'actions.yaml'),
    `actions:\n  branch:\n    provisioner: env-vars\n    config: ${config}\n`,
  );
  twin = await startTwin({
    webhookUrl: null,
    clientSecret: SECRET,
    installations: { [INSTALLATION]: TOKEN },
  });
});
afterAll(async () => {
  await twin.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

it('the log of a production process contains only events of all levels with ids, and no secret', async () => {
  const env = {
    ...environment(database.url, twin.url, join(folder, 'actions.yaml'), 'web,worker'),
    NODE_ENV: 'production',
    LOG_LEVEL: 'debug',
    PUBLIC_URL: 'https://drawbridge.test',
    VERCEL_INTEGRATION_ID: 'oac_1',
  };
  const drawbridge = await startDrawbridge(env, folder);
  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${drawbridge.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
    });
  const base = `/api/v1/installations/${INSTALLATION}`;
  await call(base, { method: 'PUT', body: JSON.stringify({ accessToken: TOKEN }) });
  const resource = { productId: 'p', name: 'main', settings: {} };
  await call(`${base}/resources/${RESOURCE}`, { method: 'PUT', body: JSON.stringify(resource) });
  twin.setWebhookUrl(`${drawbridge.url}/webhooks/vercel`);
  const { id: deploymentId } = twin.createDeployment({ project: 'shop', connections: [connection()] });
  await eventually(() => twin.deployment(deploymentId).state === 'ready');
  const page = twin.deployment(deploymentId).actions[0]?.reports.at(-1)?.statusUrl ?? '';
  const token = new URL(page).pathname.split('/').at(-1) as string;
  expect((await call(`/status/${token}?from=mail`)).status).toBe(200);
  await call('/metrics');
  expect(await drawbridge.stop()).toEqual({ code: 0, signal: null });

  const log = drawbridge.output();
  expectEvents(log);
  for (const secret of [PROVISIONED, TOKEN, ADMIN, SECRET, token, database.url])
    expect(log).not.toContain(secret);
  const lines = log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
  const own = lines.filter(({ event }) => !event.startsWith('framework'));
  expect(own.map(({ event }) => event)).toEqual(
    expect.arrayContaining([
      'started',
      'webhook',
      'action-moved',
      'verdict-accepted',
      'action-finished',
      'request',
      'stopping',
      'stopped',
    ]),
  );
  expect(own.find(({ event }) => event === 'action-finished')).toMatchObject({
    actionId: expect.any(String),
    deploymentId,
    installationId: INSTALLATION,
    resourceId: RESOURCE,
    allocationKey: expect.any(String),
    outcome: 'succeeded',
  });
  const routes = own.flatMap(({ route }) => (typeof route === 'string' ? [route] : []));
  expect(routes).toContain('/status/:token');
  expect(routes).not.toContain('/metrics');
  expect(routes).not.toContain('/readyz');
});
