import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTwin, type Twin } from '../../src/twin/twin.js';
import { emptyFolder, install, packed, runNode } from '../support/packed.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { startDrawbridge, type DrawbridgeProcess } from '../support/processes.js';
import { hasRedis, sendTo, startRedis, type Redis } from '../support/servers/redis.js';
import {
  ADMIN,
  connection,
  environment,
  eventually,
  INSTALLATION,
  RESOURCE,
  SECRET,
  TOKEN,
  WAIT_MS,
} from '../support/world.js';

/** Drawbridge and the example from their tarballs. Nothing below this folder comes from the sources. */
let folder: string;
let database: TestDatabase;
let twin: Twin;
let main: string;

beforeAll(async () => {
  const { drawbridge, example } = await packed();
  folder = await emptyFolder();
  await install(folder, drawbridge, example);
  main = join(folder, 'node_modules/drawbridge/dist/main.js');
  database = await createDatabase('out_of_tree');
  twin = await startTwin({
    webhookUrl: null,
    clientSecret: SECRET,
    installations: { [INSTALLATION]: TOKEN },
    clockFactor: 20,
  });
}, 300_000);
afterAll(async () => {
  await twin?.close();
  await database?.drop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function environmentWith(config: string): Promise<Record<string, string>> {
  const file = join(folder, 'actions.yaml');
  const provisioner = 'provisioner-redis-prefix';
  await writeFile(file, `actions:\n  branch:\n    provisioner: ${provisioner}\n    config: ${config}\n`);
  return environment(database.url, twin.url, file, 'web,worker');
}

async function put(server: DrawbridgeProcess, path: string, body: object): Promise<void> {
  const answer = await fetch(`${server.url}/api/v1/installations/${INSTALLATION}${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBeLessThan(300);
}

describe('a plugin from another package', () => {
  it('is loaded by its name', async () => {
    const server = await startDrawbridge(
      await environmentWith('{ url: "redis://127.0.0.1:1" }'),
      folder,
      main,
    );
    // Its failed check is logged, and does not stop the process.
    await eventually(() => server.output().includes('redis-prefix: the server cannot be reached'));
    await server.stop();
  });

  it('stops the boot with the path of each invalid key', async () => {
    const env = await environmentWith('{ url: "http://127.0.0.1", prefx: "a-" }');
    const { code, output } = await runNode(folder, [main], env);
    expect(code).toBe(1);
    expect(output).toContain(
      'provisioners: 2 problem(s)\n' +
        '- actions.branch.config.url: must be a redis url of database 0: redis://user:password@host:port\n' +
        '- actions.branch.config.prefx: unknown key; known are url, public, prefix\n',
    );
  });

  it.skipIf(!hasRedis)('provisions for a deployment, and deprovisions', async () => {
    const redis: Redis = await startRedis(folder);
    const server = await startDrawbridge(await environmentWith(`{ url: "${redis.url}" }`), folder, main);
    twin.setWebhookUrl(`${server.url}/webhooks/vercel`);
    await put(server, '', { accessToken: TOKEN });
    await put(server, `/resources/${RESOURCE}`, { productId: 'prod_1', name: 'main', settings: {} });

    const { id } = twin.createDeployment({ project: 'shop', connections: [connection()] });
    const { state, env } = await twin.waitFor(id, WAIT_MS);
    expect(state).toBe('ready');
    const { REDIS_URL = '', REDIS_PREFIX = '' } = env;
    expect(await sendTo(REDIS_URL, 'SET', `${REDIS_PREFIX}greeting`, 'hello')).toBe('OK');
    await expect(sendTo(REDIS_URL, 'SET', 'elsewhere', 'hello')).rejects.toThrow('NOPERM');

    twin.delete(id);
    await eventually(async () => (await redis.list('KEYS', '*')).length === 0);
    await eventually(async () => (await redis.list('ACL', 'USERS')).join() === 'default');
    await expect(sendTo(REDIS_URL, 'PING')).rejects.toThrow('WRONGPASS');
    await server.stop();
    await redis.stop();
  });
});
