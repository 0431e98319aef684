import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { loadExport, type Loaded } from '../built.ts';
import { INSTALL, run, type OldPlugin, type PluginTarballs } from './pack.ts';
import { SECRET, TOKEN, withServer } from '../running.ts';

const WAIT_MS = 120_000;
const INSTALLATION = 'icfg_1';
const RESOURCE = 'res_1';

/**
 * Installs both plugins beside Drawbridge, checks their configurations, and provisions and releases through
 * both.
 */
export async function serveWith(
  packed: PluginTarballs,
  plugins: readonly [example: OldPlugin, generated: OldPlugin],
  here: string,
  parent: string,
): Promise<void> {
  const folder = join(parent, 'server');
  const things = join(parent, 'things');
  for (const one of [folder, things]) mkdirSync(one);
  const [example, generated] = plugins;
  run(folder, 'npm', 'init', '--yes');
  run(folder, 'npm', ...INSTALL, packed.drawbridge, example.tarball, generated.tarball);
  const helper = pathToFileURL(join(example.folder, 'test/server.js')).href;
  const redis: Loaded = await (await import(helper)).startServer();
  try {
    const configs = { [example.name]: { url: redis.url }, [generated.name]: { folder: things } };
    for (const [name, config] of Object.entries(configs)) {
      run(folder, 'npx', 'drawbridge', 'plugin', 'check', name, '--config-json', JSON.stringify(config));
      console.log(`${name}: plugin check passes`);
    }
    await serve(folder, here, configs);
  } finally {
    await redis.stop();
  }
}

async function serve(folder: string, here: string, configs: Record<string, object>): Promise<void> {
  const entries = Object.entries(configs).map(([provisioner, config], index) => {
    return [`action-${index}`, { name: provisioner, provisioner, config }] as const;
  });
  const installations = { [INSTALLATION]: 'token-of-the-installation' };
  const startTwin = await loadExport(here, 'startTwin');
  const twin: Loaded = await startTwin({ webhookUrl: null, clientSecret: SECRET, installations });
  const setup = {
    root: join(folder, 'node_modules/drawbridge'),
    postgresOf: here,
    folder,
    actions: JSON.stringify({ actions: Object.fromEntries(entries) }),
    env: { VERCEL_API_URL: twin.url as string },
  };
  try {
    await withServer(setup, ({ url }) =>
      deploy(
        url,
        twin,
        entries.map(([slug]) => slug),
      ),
    );
  } finally {
    await twin.close();
  }
}

/**
 * Creates a deployment with each action, waits for its secrets, deletes it, and waits for the release of
 * each action.
 */
async function deploy(url: string, twin: Loaded, actions: readonly string[]): Promise<void> {
  const installation = `${url}/api/v1/installations/${INSTALLATION}`;
  await call('PUT', installation, { accessToken: 'token-of-the-installation' });
  await call('PUT', `${installation}/resources/${RESOURCE}`, {
    productId: 'prod_1',
    name: 'main',
    settings: {},
  });
  twin.setWebhookUrl(`${url}/webhooks/vercel`);
  const connections = [{ installationId: INSTALLATION, resourceId: RESOURCE, actions, required: true }];
  const { id } = twin.createDeployment({ project: 'shop', connections });
  const deployment = await twin.waitFor(id, WAIT_MS);
  assert.equal(deployment.state, 'ready', JSON.stringify(deployment));
  console.log(`server: the deployment is ready with ${Object.keys(deployment.env).toSorted().join(', ')}`);
  twin.delete(id);
  const isReleased = async (): Promise<boolean> => {
    const page: Loaded = await call('GET', `${url}/api/v1/actions?deployment=${id}`);
    return (
      page.items.length === actions.length && page.items.every((one: Loaded) => one.state === 'released')
    );
  };
  for (const end = Date.now() + WAIT_MS; !(await isReleased()); await sleep(200))
    assert.ok(Date.now() < end, 'the actions are not released');
  console.log('server: every action is released');
}

async function call(method: string, url: string, body?: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const answer = await fetch(url, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${url} answered ${answer.status} ${text}`);
  return JSON.parse(text) as unknown;
}
