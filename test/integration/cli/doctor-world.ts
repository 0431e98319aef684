/** A healthy installation for `drawbridge doctor`. Each test breaks one part of its own copy. */
import { randomBytes } from 'node:crypto';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { request, createServer as createHttpServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApplication } from '../../../src/boot/create-app.js';
import type { Check } from '../../../src/cli/doctor/check.js';
import type { DoctorReport } from '../../../src/cli/doctor/report.js';
import { loadConfig } from '../../../src/config/config.js';
import { migrate } from '../../../src/database/schema/migrate.js';
import { startTwin, type Twin } from '../../../src/twin/twin.js';
import {
  createDatabase,
  query,
  startPostgres,
  type TestDatabase,
  type TestPostgres,
} from '../../support/postgres.js';
import { runDrawbridge } from '../../support/processes.js';
import {
  ADMIN,
  environment,
  eventually,
  INSTALLATION,
  RESOURCE,
  SECRET,
  TOKEN,
} from '../../support/world.js';

export interface DoctorWorld {
  readonly cwd: string;
  readonly twin: Twin;
  /** The healthy configuration. */
  readonly env: Readonly<Record<string, string>>;
  /** The template of the action `branch`, on its own server. */
  readonly template: TestDatabase;
  /** The superuser's URL of the database `postgres` there. Only the branches' admin can connect to it. */
  readonly branches: string;
  /** A copy of the healthy database. */
  copy(): Promise<TestDatabase>;
  /** Writes another actions file and returns its path. */
  actionsFile(name: string, text: string): Promise<string>;
  /** The healthy actions file. */
  readonly actions: string;
  examine(env?: Record<string, string>): Promise<{ code: number | null; report: DoctorReport; text: string }>;
  close(): Promise<void>;
}

/** The plugin's backend is a file, which its check requires. */
const PLUGIN = `import { access } from 'node:fs/promises';
const check = (value) =>
  typeof value?.file === 'string' ? { value } : { issues: [{ message: 'file must be a path' }] };
export default {
  apiVersion: 1,
  name: 'file-db',
  configSchema: { '~standard': { version: 1, vendor: 'file-db', validate: check } },
  create: ({ file }) => ({
    provision: async ({ key }) => ({ status: 'ready', handle: { key } }),
    deprovision: async () => ({ status: 'gone' }),
    check: () => access(file).catch(() => { throw new Error('file-db: the backend is not there'); }),
  }),
};
`;

export async function createDoctorWorld(): Promise<DoctorWorld> {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), 'drawbridge-doctor-')));
  await install(cwd);
  const { server, template, url } = await startBranches();
  const admin = JSON.stringify(url);
  const backend = join(cwd, 'backend');
  await writeFile(backend, '');
  const actions = `actions:
  branch: { provisioner: postgres-branch, config: { admin: ${admin}, template: ${template.name} } }
  files: { provisioner: file-db, config: { file: ${JSON.stringify(backend)} } }
`;
  const actionsFile = async (name: string, text: string): Promise<string> => {
    await writeFile(join(cwd, name), text);
    return join(cwd, name);
  };
  const file = await actionsFile('actions.yaml', actions);
  const twin = await startTwin({
    webhookUrl: null,
    clientSecret: SECRET,
    installations: { [INSTALLATION]: TOKEN },
  });
  const healthy = await createDatabase('doctor');
  const env = {
    ...environment(healthy.url, twin.url, file, 'web,worker'),
    PUBLIC_URL: 'https://drawbridge.example.com',
  };
  await deployOnce(env, cwd, twin);
  return {
    cwd,
    twin,
    env,
    template,
    branches: server.url,
    actions,
    actionsFile,
    copy: () => copyOf(healthy),
    examine: (over = {}) => examine({ ...env, ...over }, cwd),
    close: async () => {
      await twin.close();
      await Promise.all([healthy.drop(), server.stop()]);
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

/** A copy gets the rights of a new database, so the rights left by the migration are restored. */
async function copyOf(template: TestDatabase): Promise<TestDatabase> {
  const copy = await createDatabase({ name: 'doctor', template: template.name });
  await execute(copy.url, `REVOKE CONNECT, TEMPORARY ON DATABASE ${copy.name} FROM PUBLIC`);
  return copy;
}

/** As documented: the admin is not a superuser and owns the template, and PUBLIC cannot connect. */
async function startBranches(): Promise<{ server: TestPostgres; template: TestDatabase; url: string }> {
  const server = await startPostgres();
  const template = await createDatabase({ name: 'doctor_template', server: server.url });
  const password = randomBytes(12).toString('hex');
  await execute(
    server.url,
    `CREATE ROLE branch_admin LOGIN CREATEDB CREATEROLE PASSWORD '${password}';
     ALTER DATABASE ${template.name} OWNER TO branch_admin;
     REVOKE CONNECT ON DATABASE ${template.name}, postgres, template1 FROM PUBLIC;
     GRANT CONNECT ON DATABASE postgres TO branch_admin`,
  );
  const url = new URL(server.url);
  Object.assign(url, { username: 'branch_admin', password });
  return { server, template, url: url.href };
}

async function install(cwd: string): Promise<void> {
  const folder = join(cwd, 'node_modules', 'file-db');
  await mkdir(folder, { recursive: true });
  const manifest = { name: 'file-db', version: '1.0.0', type: 'module', exports: './main.mjs' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'main.mjs'), PLUGIN);
}

/** Runs a real Drawbridge, which stores an access token, an allocation with its seed and an action. */
async function deployOnce(env: Record<string, string>, cwd: string, twin: Twin): Promise<void> {
  await migrate(env['DATABASE_URL'] as string);
  const before = process.cwd();
  process.chdir(cwd);
  const app = await startApplication(loadConfig(env, { cwd }), env['DATABASE_URL'] as string).finally(() =>
    process.chdir(before),
  );
  try {
    twin.setWebhookUrl(`${app.url}/webhooks/vercel`);
    const base = `${app.url}/api/v1/installations/${INSTALLATION}`;
    await put(base, { accessToken: TOKEN });
    await put(`${base}/resources/${RESOURCE}`, { productId: 'prod_1', name: 'main', settings: {} });
    const connections = [
      { installationId: INSTALLATION, resourceId: RESOURCE, actions: ['files'], required: true },
    ];
    const { id } = twin.createDeployment({ project: 'shop', connections });
    await eventually(() => twin.deployment(id).state === 'ready');
  } finally {
    await app.stop();
  }
}

async function put(url: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
  const { status } = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (status >= 300) throw new Error(`doctor world: PUT ${url} answered ${status}`);
}

async function examine(env: Record<string, string>, cwd: string) {
  const { code, stdout, stderr } = await runDrawbridge(['doctor', '--json'], env, cwd);
  if (stderr !== '') throw new Error(`doctor wrote ${stderr}`);
  return { code, report: JSON.parse(stdout) as DoctorReport, text: stdout };
}

export const namesOf = (checks: readonly Check[]): string[] =>
  checks.map(({ name, subject }) => (subject === null ? name : `${name} ${subject}`));

/** Executes one statement on its own connection. */
export const execute = async (url: string, text: string): Promise<void> => void (await query(url, text));

/** Starts a proxy whose responses have another time, like a Vercel or a machine with a wrong clock. */
export async function startWrongClock(
  target: string,
  aheadMs: number,
): Promise<{ url: string; close(): void }> {
  const server: Server = createHttpServer((incoming, outgoing) => {
    const { method, headers, url = '/' } = incoming;
    const forward = request(`${target}${url}`, { method, headers }, (answer) => {
      const date = new Date(Date.now() + aheadMs).toUTCString();
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, date });
      answer.pipe(outgoing);
    });
    incoming.pipe(forward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const NOTIFICATION = 'A'.charCodeAt(0);

/** Starts a proxy of PostgreSQL that drops notifications, like a pooler in transaction mode. */
export async function startTransactionPooler(url: string): Promise<{ url: string; close(): void }> {
  const target = new URL(url);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    near.pipe(far);
    withoutNotifications(far, near);
    for (const [socket, peer] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on('error', () => peer.destroy());
      socket.on('close', () => peer.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const pooled = new URL(url);
  pooled.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: pooled.href,
    close: () => {
      open.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}

/** Every message of the server has one byte for its type and four for its length, which includes itself. */
function withoutNotifications(from: Socket, to: Socket): void {
  let rest = Buffer.alloc(0);
  from.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 1 + rest.readUInt32BE(1)) {
      const message = rest.subarray(0, 1 + rest.readUInt32BE(1));
      if (message[0] !== NOTIFICATION) to.write(message);
      rest = rest.subarray(message.length);
    }
  });
}
