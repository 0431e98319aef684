import { createHash, randomBytes } from 'node:crypto';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startApplication, type Application } from '../../src/boot/create-app.js';
import { loadConfig, type Config } from '../../src/config/config.js';
import { migrate } from '../../src/database/schema/migrate.js';
import { startTwin, type Twin, type TwinOptions } from '../../src/twin/twin.js';
import { createDatabase } from './postgres.js';

export { eventually, WAIT_MS } from './wait.js';

export const SECRET = 'test-client-secret';
export const INSTALLATION = 'icfg_1';
export const RESOURCE = 'res_1';
export const TOKEN = 'token-of-icfg_1';
export const ADMIN = 'admin-operator-token';
export const VIEWER = 'viewer-operator-token';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const ENCRYPTION_KEY = `test:${randomBytes(32).toString('base64')}`;

export interface WorldOptions {
  /** The content of actions.yaml. */
  actions: string;
  roles?: string;
  twin?: Partial<TwinOptions>;
  /** Installs `icfg_1` with its token and `res_1`; true by default. */
  installed?: boolean;
  settings?: Record<string, unknown>;
  /** Environment variables that replace or extend the world's own. */
  env?: Record<string, string>;
}

/** A Drawbridge with its own database, and its Vercel twin. */
export interface World {
  app: Application;
  twin: Twin;
  config: Config;
  databaseUrl: string;
  /** The environment with which another process joins this world. */
  env: Record<string, string>;
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  api(path: string, init?: RequestInit & { token?: string }): Promise<{ status: number; body: any }>;
  close(): Promise<void>;
}

export const ACTIONS = {
  memory: `actions:\n  branch:\n    name: Branch\n    provisioner: memory\n`,
};

export async function createWorld(options: WorldOptions): Promise<World> {
  const database = await createDatabase('world');
  await migrate(database.url);
  const dir = await mkdtemp(join(tmpdir(), 'drawbridge-world-'));
  await writeFile(join(dir, 'actions.yaml'), options.actions);
  const twin = await startTwin({
    webhookUrl: null,
    clientSecret: SECRET,
    installations: { [INSTALLATION]: TOKEN },
    clockFactor: 20,
    ...options.twin,
  });
  const env = {
    ...environment(database.url, twin.url, join(dir, 'actions.yaml'), options.roles ?? 'web,worker'),
    ...options.env,
  };
  const config = loadConfig(env, { cwd: dir });
  const app = await startApplication(config, database.url);
  twin.setWebhookUrl(`${app.url}/webhooks/vercel`);
  const pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on('error', () => undefined); // the database is dropped at the end
  const world: World = {
    app,
    twin,
    config,
    databaseUrl: database.url,
    env,
    sql: async (text, values) => (await pool.query(text, values)).rows,
    api: (path, init) => api(app.url, path, init),
    close: async () => {
      await twin.close();
      await app.stop();
      await pool.end();
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    },
  };
  if (options.installed !== false) await install(world, options.settings ?? {});
  return world;
}

export function environment(databaseUrl: string, vercelUrl: string, actionsFile: string, roles: string) {
  return {
    NODE_ENV: 'test',
    PORT: '0',
    HOST: '127.0.0.1',
    ROLES: roles,
    DATABASE_URL: databaseUrl,
    VERCEL_CLIENT_SECRET: SECRET,
    VERCEL_API_URL: vercelUrl,
    ACTIONS_FILE: actionsFile,
    ENCRYPTION_KEYS: ENCRYPTION_KEY,
    OPERATOR_TOKENS: `alice:admin:${sha256(ADMIN)},vera:viewer:${sha256(VIEWER)}`,
    LOG_LEVEL: 'error',
  };
}

async function install(world: World, settings: Record<string, unknown>): Promise<void> {
  const base = `/api/v1/installations/${INSTALLATION}`;
  await put(world, base, { accessToken: TOKEN });
  await put(world, `${base}/resources/${RESOURCE}`, { productId: 'prod_1', name: 'main', settings });
}

async function put(world: World, path: string, body: unknown): Promise<void> {
  const answer = await world.api(path, { method: 'PUT', body: JSON.stringify(body) });
  if (answer.status >= 300)
    throw new Error(`world: PUT ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`);
}

async function api(base: string, path: string, init: RequestInit & { token?: string } = {}) {
  const { token = ADMIN, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (!headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
  if (rest.body && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const response = await fetch(`${base}${path}`, { ...rest, headers });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
}

export const connection = (over: object = {}) => ({
  installationId: INSTALLATION,
  resourceId: RESOURCE,
  actions: ['branch'],
  required: true,
  ...over,
});
