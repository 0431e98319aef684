/** Tests the statements of docs/operations.md about poolers with Debian's PgBouncer. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTwin, type Twin } from '../../src/twin/twin.js';
import { query } from '../chaos/world/crash-world.js';
import { startPgBouncer, type PgBouncer } from '../support/servers/pgbouncer.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { compiled, runDrawbridge, runProgram, startDrawbridge } from '../support/processes.js';
import {
  ACTIONS,
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

/** Without these settings, PgBouncer rejects sessions with settings of their own. */
const IGNORE = 'ignore_startup_parameters = options,statement_timeout';

let folder: string;
let database: TestDatabase;
let twin: Twin;
let transaction: PgBouncer;
let lenient: PgBouncer;
let session: PgBouncer;

beforeAll(async () => {
  await compiled();
  folder = await mkdtemp(join(tmpdir(), 'drawbridge-pooler-'));
  await writeFile(join(folder, 'actions.yaml'), ACTIONS.memory);
  database = await createDatabase('pooler');
  transaction = await startPgBouncer(database.url, 'transaction');
  lenient = await startPgBouncer(database.url, 'transaction', [IGNORE]);
  session = await startPgBouncer(database.url, 'session', [IGNORE]);
  twin = await startTwin({
    webhookUrl: null,
    clientSecret: SECRET,
    installations: { [INSTALLATION]: TOKEN },
  });
});
afterAll(async () => {
  await twin?.close();
  await Promise.all([transaction, lenient, session].map((pooler) => pooler?.stop()));
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const env = (more: Record<string, string>): Record<string, string> => ({
  ...environment('', twin.url, join(folder, 'actions.yaml'), 'web,worker'),
  ...more,
});

/** The output of `main.js` when it exits by itself. */
const boot = (more: Record<string, string>, ...args: string[]) =>
  runProgram('main.js', args, env(more), folder);

/** Doctor's findings that are not OK, and its exit code. */
async function doctor(more: Record<string, string>): Promise<{ code: number | null; unwell: string[] }> {
  const { code, stdout } = await runDrawbridge(['doctor', '--json'], env(more), folder);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string }[] };
  return {
    code,
    unwell: checks.flatMap(({ name, status }) => (status === 'ok' ? [] : [`${name} ${status}`])),
  };
}

/**
 * Runs many deployments at once, compares each with the twin's log, and waits until all are deprovisioned.
 */
async function expectItWorks(more: Record<string, string>): Promise<void> {
  const server = await startDrawbridge(env(more), folder);
  try {
    await install(server.url);
    twin.setWebhookUrl(`${server.url}/webhooks/vercel`);
    const ids = Array.from({ length: 30 }, () => {
      return twin.createDeployment({ project: 'shop', connections: [connection()] }).id;
    });
    for (const id of ids) expect((await twin.waitFor(id, WAIT_MS)).state, server.output()).toBe('ready');
    ids.forEach((id) => twin.delete(id));
    const open = `SELECT 1 FROM action WHERE state <> 'released' LIMIT 1`;
    await eventually(async () => (await query(database.url, open)).length === 0);
    expect(server.output()).not.toMatch(/prepared statement|"level":"(error|fatal)"/);
  } finally {
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  }
}

describe('PgBouncer in transaction mode', () => {
  it('without DATABASE_POOLING stops the boot with a message that names the setting', async () => {
    const refusing = await boot({ DATABASE_URL: transaction.url });
    expect(refusing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /environment: DATABASE_URL: a pooler refuses the settings of Drawbridge's sessions \(unsupported startup parameter.*\): set DATABASE_POOLING=transaction/,
      ),
    });
    const lending = await boot({ DATABASE_URL: lenient.url });
    expect(lending).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DATABASE_URL: a pooler lends its sessions for one transaction: set'),
    });
  });

  it('in DATABASE_DIRECT_URL as well stops the boot', async () => {
    const settings = { DATABASE_URL: transaction.url, DATABASE_POOLING: 'transaction' };
    const { code, stderr } = await boot({ ...settings, DATABASE_DIRECT_URL: lenient.url });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('DATABASE_DIRECT_URL: a pooler lends'),
    });
  });

  it('supports everything with DATABASE_POOLING=transaction and DATABASE_DIRECT_URL, which carries notifications', async () => {
    const settings = { DATABASE_URL: transaction.url, DATABASE_POOLING: 'transaction' };
    await expectItWorks({ ...settings, DATABASE_DIRECT_URL: database.url });
    expect(
      (await doctor({ ...settings, DATABASE_DIRECT_URL: database.url })).unwell.filter((one) =>
        /^(database|listen|queue|migrations)/.test(one),
      ),
    ).toEqual([]);
  });

  it('supports everything without DATABASE_DIRECT_URL by polling, except migrations', async () => {
    const settings = { DATABASE_URL: transaction.url, DATABASE_POOLING: 'transaction' };
    expect(await boot(settings, 'migrate')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DATABASE_DIRECT_URL: is required by migrate'),
    });
    await expectItWorks(settings);
    expect((await doctor(settings)).unwell).toContain('listen warning');
    const listening = `SELECT 1 FROM pg_stat_activity
      WHERE application_name = 'drawbridge-listener' AND datname = current_database()`;
    expect(await query(database.url, listening)).toEqual([]);
  });
});

describe('PgBouncer in session mode', () => {
  it("supports everything when it ignores the sessions' settings", async () => {
    expect(await boot({ DATABASE_URL: session.url }, 'migrate')).toMatchObject({ code: 0 });
    await expectItWorks({ DATABASE_URL: session.url });
  });
});

async function install(url: string): Promise<void> {
  const base = `${url}/api/v1/installations/${INSTALLATION}`;
  const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
  const put = (path: string, body: object): Promise<Response> =>
    fetch(path, { method: 'PUT', headers, body: JSON.stringify(body) });
  expect((await put(base, { accessToken: TOKEN })).ok).toBe(true);
  const resource = { productId: 'prod_1', name: 'main', settings: {} };
  expect((await put(`${base}/resources/${RESOURCE}`, resource)).ok).toBe(true);
}
