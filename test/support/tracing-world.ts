import { createHmac, randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '../../src/database/schema/migrate.js';
import { startTwin, type Twin } from '../../src/twin/twin.js';
import { startReceiver, type ReceivedSpan, type Receiver } from './otlp/receiver.js';
import { createDatabase } from './postgres.js';
import { startDrawbridge, type DrawbridgeProcess } from './processes.js';
import { ADMIN, connection, environment, eventually, INSTALLATION, SECRET, TOKEN } from './world.js';

const PLUGIN = fileURLToPath(new URL('plugins-traced/traced-db', import.meta.url));
const API = dirname(findPackageJSON('@opentelemetry/api', import.meta.url) ?? '');

/** Values that must never appear in a trace. */
export const CANARIES = {
  password: 'canary-of-the-admin-password',
  secret: 'postgres://u:canary-of-the-deployment@h/d',
  header: 'canary-of-an-incoming-header',
  token: TOKEN,
  client: SECRET,
  operator: ADMIN,
} as const;

/** Processes of Drawbridge whose plugin is a package with a copy of OpenTelemetry's API, and a collector. */
export interface TracingWorld {
  readonly twin: Twin;
  readonly receiver: Receiver;
  readonly cwd: string;
  readonly databaseUrl: string;
  start(roles: string, env?: Record<string, string>, nodeOptions?: string[]): Promise<DrawbridgeProcess>;
  /**
   * Connects the twin with a process, and creates a deployment whose action ends in this `way`. Returns the
   * deployment's id.
   */
  deploy(web: DrawbridgeProcess, way?: string): Promise<string>;
  /** Sends a signed webhook of an unknown type; returns the status. */
  send(web: DrawbridgeProcess, headers?: Record<string, string>): Promise<{ id: string; status: number }>;
  /** Waits for `count` spans with this name, and returns all spans of the deployment's traces. */
  spansOf(deployment: string, name: string, count?: number, ms?: number): Promise<ReceivedSpan[]>;
  close(): Promise<void>;
}

export async function createTracingWorld(): Promise<TracingWorld> {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), 'drawbridge-tracing-')));
  await installPlugin(cwd);
  const database = await createDatabase('tracing');
  await migrate(database.url);
  const [receiver, twin] = await Promise.all([
    startReceiver(),
    startTwin({
      webhookUrl: null,
      clientSecret: SECRET,
      installations: { [INSTALLATION]: TOKEN },
      clockFactor: 20,
    }),
  ]);
  const started: DrawbridgeProcess[] = [];
  const start = async (roles: string, env = tracingTo(receiver), nodeOptions: string[] = []) => {
    const base = environment(database.url, twin.url, join(cwd, 'actions.yaml'), roles);
    const one = await startDrawbridge({ ...base, LOG_LEVEL: 'info', ...env }, cwd, undefined, nodeOptions);
    started.push(one);
    return one;
  };
  return {
    twin,
    receiver,
    cwd,
    databaseUrl: database.url,
    start,
    deploy: (web, way = 'ready') => deploy(twin, web, way),
    send,
    spansOf: (deployment, name, count = 1, ms) =>
      eventually(() => spansOf(receiver, deployment, name, count), ms),
    close: async () => {
      await Promise.all(started.map((one) => one.kill()));
      await Promise.all([twin.close(), receiver.close()]);
      await database.drop();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

export const tracingTo = ({ url }: { url: string }): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_BSP_SCHEDULE_DELAY: '50',
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
});

async function installPlugin(cwd: string): Promise<void> {
  const modules = join(cwd, 'node_modules');
  await cp(PLUGIN, join(modules, 'traced-db'), { recursive: true });
  await mkdir(join(modules, '@opentelemetry'));
  await cp(API, join(modules, '@opentelemetry', 'api'), { recursive: true });
  const config = { dir: cwd, admin: `postgres://root:${CANARIES.password}@db.internal/postgres` };
  const actions = `actions:\n  branch:\n    provisioner: traced-db\n    config: ${JSON.stringify(config)}\n`;
  await writeFile(join(cwd, 'actions.yaml'), actions);
}

async function deploy(twin: Twin, web: DrawbridgeProcess, way: string): Promise<string> {
  const resourceId = `res_${way.replaceAll(' ', '_')}`;
  const base = `${web.url}/api/v1/installations/${INSTALLATION}`;
  twin.setWebhookUrl(`${web.url}/webhooks/vercel`);
  await put(base, { accessToken: TOKEN });
  const settings = { way, secret: CANARIES.secret };
  await put(`${base}/resources/${resourceId}`, { productId: 'prod_1', name: way, settings });
  return twin.createDeployment({ project: 'shop', connections: [connection({ resourceId })] }).id;
}

async function put(url: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`tracing world: PUT ${url} answered ${answer.status}`);
}

async function send(web: DrawbridgeProcess, headers: Record<string, string> = {}) {
  const id = `evt_${randomUUID()}`;
  const body = JSON.stringify({ id, type: 'project.created', createdAt: Date.now(), payload: {} });
  const signature = createHmac('sha1', SECRET).update(body).digest('hex');
  const answer = await fetch(`${web.url}/webhooks/vercel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-vercel-signature': signature, ...headers },
    body,
  });
  return { id, status: answer.status };
}

/** All spans of the traces that contain a span about this deployment. */
function spansOf({ spans }: Receiver, deployment: string, name: string, count: number) {
  const about = spans.filter(({ attributes }) => attributes['drawbridge.deployment.id'] === deployment);
  const traces = new Set(about.map(({ traceId }) => traceId));
  const found = spans.filter(({ traceId }) => traces.has(traceId));
  return found.filter((span) => span.name === name).length >= count && found;
}

/** The only span with this name. */
export function byName(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const [found, ...others] = spans.filter((span) => span.name === name);
  if (found === undefined || others.length > 0)
    throw new Error(`found ${others.length + (found ? 1 : 0)} spans named ${name}`);
  return found;
}
