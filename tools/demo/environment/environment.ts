import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/database/embedded/embedded.js';
import { startTwin, type Build, type Entry, type Twin } from '../../../src/twin/twin.js';
import type { DemoShutdown } from '../shutdown.js';
import { Drawbridge } from './drawbridge.js';
import { createDemoFolder, type DemoFolder } from './demo-folder.js';
import { DemoOperator } from './operator.js';
import { INSTALLATION, MISSING_TEMPLATE, RESOURCES, TEMPLATES } from '../deployments.js';
import { blockTemplate, makeTemplates } from './templates.js';
import type { Timeline } from '../timeline/timeline.js';
import { readInventory, type Inventory } from '../timeline/audit-poller.js';

/** The running parts of the demo: PostgreSQL, the twin, and Drawbridge's processes. */
export interface DemoEnvironment {
  readonly adminUrl: string;
  readonly admin: pg.Client;
  readonly twin: Twin;
  readonly operator: DemoOperator;
  /** The databases and roles before the first deployment. */
  readonly base: Inventory;
  readonly busyTemplate: { release(): Promise<void> };
  /** Rejects when a process of Drawbridge exits by itself. */
  readonly failure: Promise<never>;
}

export interface EnvironmentOptions {
  readonly single: boolean;
  /** The file for the log of Drawbridge's processes. */
  readonly log: string | null;
  readonly shutdown: DemoShutdown;
  readonly timeline: Timeline;
  readonly onEntry: (entry: Entry) => void;
  /** The build of deployments that the user creates. */
  readonly build: Build;
}

const ACTIONS = `actions:
  branch:
    name: Branch the database
    provisioner: postgres-branch
    scope: git-branch
    config:
      admin: "\${BRANCH_ADMIN_URL}"
      template: ${TEMPLATES.shop}
      templates: [${TEMPLATES.reports}, ${MISSING_TEMPLATE}]
    options: [template]
  branch-each:
    name: Branch the database for each deployment
    provisioner: postgres-branch
    scope: deployment
    config: { admin: "\${BRANCH_ADMIN_URL}", template: ${TEMPLATES.shop} }
`;

const secret = (): string => randomBytes(24).toString('base64url');
const tokens = { client: secret(), operator: secret(), installation: secret() };

export async function startEnvironment(options: EnvironmentOptions): Promise<DemoEnvironment> {
  const { shutdown, timeline } = options;
  const folder = await shutdown.own(createDemoFolder, (made) => made.remove());
  const twin = await shutdown.own(
    () => startTwin({ ...VERCEL, onEntry: options.onEntry, build: options.build }),
    (started) => started.close(),
  );
  const postgres = await shutdown.own(
    () => startEmbeddedPostgres({ dataDir: folder.path, log: () => undefined }),
    (started) => started.stop(),
  );
  timeline.say(`PostgreSQL is up on port ${new URL(postgres.adminUrl).port}`, 'postgres');
  await makeTemplates(postgres.adminUrl);
  timeline.say(`the templates ${Object.values(TEMPLATES).join(' and ')} contain a small shop`, 'postgres');
  timeline.say(`the Vercel twin listens at ${twin.url}`, 'vercel');
  const env = await processEnvironment(folder, postgres, twin.url);
  const started = await startDrawbridge(options, folder, env);
  const operator = new DemoOperator(started.url, tokens.operator);
  await install(operator);
  twin.setWebhookUrl(`${started.url}/webhooks/vercel`);
  const admin = await shutdown.own(
    () => connect(postgres.adminUrl),
    (client) => client.end(),
  );
  const base = await readInventory(admin);
  const busyTemplate = await shutdown.own(
    () => blockTemplate(postgres.adminUrl, TEMPLATES.reports),
    (held) => held.release(),
  );
  timeline.say(`a session is open in ${TEMPLATES.reports}: it cannot be copied yet`, 'postgres', 'odd');
  return { adminUrl: postgres.adminUrl, admin, twin, operator, base, busyTemplate, failure: started.failure };
}

const VERCEL = {
  webhookUrl: null,
  clientSecret: tokens.client,
  installations: { [INSTALLATION]: tokens.installation },
};

async function startDrawbridge(
  { single, log, shutdown, timeline }: EnvironmentOptions,
  folder: DemoFolder,
  env: Record<string, string>,
): Promise<{ url: string; failure: Promise<never> }> {
  const stream = log === null ? null : await shutdown.own(() => openLog(log), endLog);
  const level = stream === null ? 'warn' : 'debug';
  const start = (roles: string): Promise<Drawbridge> =>
    shutdown.own(
      () => Drawbridge.start(roles, { ...env, LOG_LEVEL: level }, folder, stream),
      (process) => process.stop(),
    );
  const first = await start(single ? 'web,worker' : 'web');
  const processes = single ? [first] : [first, await start('worker')];
  const failure = Promise.race(processes.map((process) => process.failure()));
  // A later wait gets the rejection. Until then it must not count as unhandled.
  failure.catch(() => undefined);
  const addresses = await Promise.all(processes.map((process) => process.address()));
  processes.forEach(({ roles }, index) =>
    timeline.say(`${roles.replace(',', ' and ')} ready at ${addresses[index]}`, 'drawbridge'),
  );
  return { url: addresses[0] ?? '', failure };
}

/** Returns the environment variables of Drawbridge's processes. Port 0 selects a free port. */
async function processEnvironment(
  folder: DemoFolder,
  postgres: { url: string; adminUrl: string },
  vercelUrl: string,
): Promise<Record<string, string>> {
  const actionsFile = join(folder.path, 'actions.yaml');
  await writeFile(actionsFile, ACTIONS);
  return {
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: postgres.url,
    BRANCH_ADMIN_URL: postgres.adminUrl,
    VERCEL_API_URL: vercelUrl,
    VERCEL_CLIENT_SECRET: tokens.client,
    ACTIONS_FILE: actionsFile,
    ENCRYPTION_KEYS: `demo:${randomBytes(32).toString('base64')}`,
    OPERATOR_TOKENS: `demo:admin:${createHash('sha256').update(tokens.operator).digest('hex')}`,
  };
}

async function openLog(path: string): Promise<WriteStream> {
  const stream = createWriteStream(path);
  await once(stream, 'open');
  return stream;
}

function endLog(stream: WriteStream): Promise<void> {
  return new Promise((resolve) => stream.end(() => resolve()));
}

/** Creates the installation with its token, and its resources, as the partner API does for a customer. */
async function install(operator: DemoOperator): Promise<void> {
  const path = `/api/v1/installations/${INSTALLATION}`;
  await operator.put(path, { accessToken: tokens.installation });
  for (const [id, settings] of Object.entries(RESOURCES)) {
    await operator.put(`${path}/resources/${id}`, { productId: 'postgres', name: id, settings });
  }
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // The pending statement rejects with the same error.
  await client.connect();
  return client;
}
