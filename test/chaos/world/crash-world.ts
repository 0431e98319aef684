/** A Drawbridge of several real processes, its Vercel twin, and the backends of its provisioners. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { inject, type TestContext } from 'vitest';
import { WORKING } from '../../../src/state-machine/action-state.js';
import { migrate } from '../../../src/database/schema/migrate.js';
import {
  startTwin,
  type DeploymentView,
  type Entry,
  type Twin,
  type TwinOptions,
} from '../../../src/twin/twin.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { startDrawbridge, type DrawbridgeProcess } from '../../support/processes.js';
import {
  ADMIN,
  environment,
  eventually,
  INSTALLATION,
  RESOURCE,
  SECRET,
  TOKEN,
  WAIT_MS,
} from '../../support/world.js';
import { ChaosBackend } from './backend.js';

const PLUGINS = fileURLToPath(new URL('../../support/plugins-chaos', import.meta.url));

export interface CrashOptions {
  twin?: Partial<TwinOptions>;
  /** The server of Drawbridge's own database; by default the one of the test run. */
  server?: string;
  /** The server of the branches and its template; by default the one of the test run. */
  branches?: { url: string; template: string };
  /** Environment variables that replace or extend those of every process. */
  env?: Record<string, string>;
  /** Additional actions of actions.yaml. */
  actions?: (at: { backend: string; server: string; template: string; home: string }) => object;
}

export interface ActionRow extends pg.QueryResultRow {
  id: string;
  deployment_id: string;
  state: string;
  attempt: number;
  updated_at: Date;
}

export interface TransitionRow extends pg.QueryResultRow {
  action_id: string;
  event: string;
  from_state: string;
  to_state: string;
  actor: string;
}

/**
 * Has two actions: `thing` is made at `backend`, one for each deployment; `branch` is a database on the real
 * server, one for each git branch. Starts no process by itself.
 */
export class CrashWorld {
  readonly processes: DrawbridgeProcess[] = [];
  /** A unique text: every branch's name begins with it. */
  readonly project = `crash${randomBytes(4).toString('hex')}`;
  private web: DrawbridgeProcess | null = null;
  private installed = false;

  private constructor(
    readonly twin: Twin,
    readonly backend: ChaosBackend,
    readonly database: TestDatabase,
    private readonly branchServer: string,
    private readonly template: TestDatabase | null,
    /** The working directory of the processes. */
    readonly home: string,
    private readonly pool: pg.Pool,
    private readonly more: Record<string, string>,
  ) {}

  /** Creates a world that the end of the test closes. Prints the processes' output when the test fails. */
  static async create(
    context: Pick<TestContext, 'onTestFinished' | 'onTestFailed'>,
    options: CrashOptions = {},
  ) {
    const world = await CrashWorld.build(options);
    context.onTestFailed(() => world.tell());
    context.onTestFinished(() => world.close());
    return world;
  }

  private static async build({
    twin: twinOptions,
    server,
    branches,
    actions,
    env = {},
  }: CrashOptions): Promise<CrashWorld> {
    const database = await createDatabase({ name: 'crash', ...(server ? { server } : {}) });
    await migrate(database.url);
    const template = branches ? null : await createTemplate();
    const branchServer = branches?.url ?? inject('postgresUrl');
    const backend = await ChaosBackend.start();
    const installations = { [INSTALLATION]: TOKEN };
    const fixed = { webhookUrl: null, clientSecret: SECRET, installations, clockFactor: 20 };
    const twin = await startTwin({ ...fixed, ...twinOptions });
    const at = {
      backend: backend.url,
      server: branchServer,
      template: branches?.template ?? template?.name ?? '',
    };
    const home = await furnish(at, actions);
    const pool = new pg.Pool({ connectionString: database.url, max: 3 });
    // the server restarts or the database is dropped while connections are idle
    pool.on('error', () => undefined);
    return new CrashWorld(twin, backend, database, branchServer, template, home, pool, env);
  }

  /** Starts a process with these roles. Webhooks go to the last process with the role `web`. */
  async start(roles: 'web' | 'worker', databaseUrl = this.database.url): Promise<DrawbridgeProcess> {
    const process = await startDrawbridge(this.env(roles, databaseUrl), this.home);
    this.processes.push(process);
    if (roles !== 'web') return process;
    this.web = process;
    await this.install();
    this.twin.setWebhookUrl(`${process.url}/webhooks/vercel`);
    return process;
  }

  /** The environment variables of a process with these roles. */
  env(roles: string, databaseUrl = this.database.url): Record<string, string> {
    const ours = environment(databaseUrl, this.twin.url, join(this.home, 'actions.yaml'), roles);
    return { ...ours, ...this.more };
  }

  /** Starts several processes at the same time. */
  startAll(...roles: ('web' | 'worker')[]): Promise<DrawbridgeProcess[]> {
    return Promise.all(roles.map((role) => this.start(role)));
  }

  /** Creates a deployment that waits for this action. */
  deploy(action: string, input: { gitRef?: string; build?: Parameters<Twin['createDeployment']>[1] } = {}) {
    const { gitRef = null, build } = input;
    const connections = [
      { installationId: INSTALLATION, resourceId: RESOURCE, actions: [action], required: true },
    ];
    return this.twin.createDeployment({ project: this.project, gitRef, connections }, build);
  }

  async sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  async action(deployment: string): Promise<ActionRow | undefined> {
    return (await this.sql<ActionRow>('SELECT * FROM action WHERE deployment_id = $1', [deployment]))[0];
  }

  transitions(deployment: string): Promise<TransitionRow[]> {
    return this.sql<TransitionRow>(
      'SELECT t.* FROM transition t JOIN action a ON a.id = t.action_id WHERE a.deployment_id = ' +
        '$1 ORDER BY t.id',
      [deployment],
    );
  }

  /** The action of a deployment as the API returns it. */
  async answer(deployment: string): Promise<{ state: string; attempts: number }> {
    const { items } = (await this.api(`/api/v1/actions?deployment=${deployment}`)) as { items: never[] };
    return items[0] as never;
  }

  /** Waits until the action of this deployment is in one of these states. */
  untilState(deployment: string, states: string | string[], ms = WAIT_MS): Promise<ActionRow> {
    const wanted = [states].flat();
    const probe = async () => {
      const row = await this.action(deployment);
      return row && wanted.includes(row.state) && row;
    };
    return eventually(probe, ms).catch(async (cause: unknown) => {
      const { state } = (await this.action(deployment)) ?? { state: 'missing' };
      throw new Error(`crash world: ${deployment} is ${state}, not ${wanted.join(' or ')}`, { cause });
    });
  }

  /** Waits until every webhook is delivered and every action is at rest. */
  async untilQuiet(ms = WAIT_MS): Promise<void> {
    await eventually(async () => {
      if (this.twin.pendingWebhooks > 0) return false;
      const busy = await this.sql('SELECT id FROM action WHERE state = ANY($1::text[]) LIMIT 1', [WORKING]);
      return busy.length === 0;
    }, ms).catch(async (cause: unknown) => {
      const busy = await this.sql<ActionRow>('SELECT * FROM action WHERE state = ANY($1::text[])', [WORKING]);
      throw new Error(
        `crash world: ${this.twin.pendingWebhooks} webhooks pending, busy: ${JSON.stringify(busy)}`,
        { cause },
      );
    });
  }

  /** The branch databases of this world, sorted. */
  async branches(): Promise<string[]> {
    const rows = await query<{ datname: string }>(
      this.branchServer,
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY datname',
      [this.project],
    );
    return rows.map((row) => row.datname);
  }

  /** The keys of the allocations that successful actions hold, sorted. */
  async heldKeys(action: string): Promise<string[]> {
    const rows = await this.sql<{ key: string }>(
      `SELECT DISTINCT l.key COLLATE "C" AS key FROM allocation l JOIN action a ON a.allocation_id = l.id
       WHERE a.action = $1 AND a.state = 'succeeded' AND a.hold = 'holds' AND l.state = 'open' ORDER BY 1`,
      [action],
    );
    return rows.map((row) => row.key);
  }

  /**
   * The reports that the twin received for this deployment: their status, and whether the twin executed them.
   */
  reports(deployment: string): { status: string | undefined; executed: boolean; seq: number }[] {
    return this.twin.log().flatMap((entry) => {
      if (entry.kind !== 'api' || entry.operation !== 'update-action') return [];
      if (entry.deploymentId !== deployment) return [];
      const { status } = (entry.body ?? {}) as { status?: string };
      return [{ status, executed: entry.executed, seq: entry.seq }];
    });
  }

  /** The deployment's reports of a verdict, without those of progress. */
  verdicts(deployment: string) {
    return this.reports(deployment).filter((report) => report.status !== 'running');
  }

  /** Entries of one kind in the twin's log. */
  entries<Kind extends Entry['kind']>(kind: Kind): Extract<Entry, { kind: Kind }>[] {
    return this.twin.log().filter((entry): entry is Extract<Entry, { kind: Kind }> => entry.kind === kind);
  }

  async close(): Promise<void> {
    await this.twin.close();
    await Promise.all(this.processes.map((process) => process.kill()));
    await this.backend.close();
    for (const name of await this.branches()) await dropBranch(this.branchServer, name);
    await this.pool.end();
    await this.database.drop();
    await this.template?.drop();
    await rm(this.home, { recursive: true, force: true });
  }

  private tell(): void {
    for (const { pid, roles, running, output } of this.processes) {
      process.stderr.write(`--- ${roles} ${pid}${running ? '' : ' (ended)'}\n${output()}\n`);
    }
  }

  private async install(): Promise<void> {
    if (this.installed) return;
    this.installed = true;
    const base = `/api/v1/installations/${INSTALLATION}`;
    await this.api(base, { accessToken: TOKEN });
    await this.api(`${base}/resources/${RESOURCE}`, { productId: 'prod_1', name: 'main', settings: {} });
  }

  private async api(path: string, put?: object): Promise<unknown> {
    if (this.web === null) throw new Error('crash world: no process with the role web was started');
    const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
    const init = put ? { method: 'PUT', body: JSON.stringify(put) } : {};
    const answer = await fetch(`${this.web.url}${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`crash world: ${path} answered ${answer.status} ${await answer.text()}`);
    const text = await answer.text();
    return text === '' ? null : JSON.parse(text);
  }
}

/** Runs one statement on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** A customer's build: connects with the environment variables and reads the copied rows. */
export async function readBranch(_: DeploymentView | null, env: Record<string, string>): Promise<void> {
  const [row] = await query<{ count: string }>(env['DATABASE_URL'] ?? '', 'SELECT count(*) FROM product');
  if (row?.count !== '3') throw new Error(`build: the branch has ${row?.count} products`);
}

export const FILL_TEMPLATE = `
  CREATE TABLE product (id int PRIMARY KEY, name text);
  INSERT INTO product VALUES (1, 'bridge'), (2, 'moat'), (3, 'gate')`;

async function createTemplate(): Promise<TestDatabase> {
  const template = await createDatabase('crash_template');
  await query(template.url, FILL_TEMPLATE);
  return template;
}

async function dropBranch(server: string, name: string): Promise<void> {
  const quoted = pg.escapeIdentifier(name);
  await query(server, `DROP DATABASE IF EXISTS ${quoted} WITH (FORCE)`);
  await query(server, `DROP ROLE IF EXISTS ${quoted}`);
}

/** Creates the working directory of the processes, with actions.yaml and the plugin's package. */
async function furnish(
  at: { backend: string; server: string; template: string },
  more: CrashOptions['actions'] = () => ({}),
): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'drawbridge-crash-'));
  await mkdir(join(home, 'node_modules'));
  await symlink(join(PLUGINS, 'remote-thing'), join(home, 'node_modules', 'remote-thing'), 'dir');
  const actions = {
    thing: { name: 'Thing', provisioner: 'remote-thing', config: { url: at.backend } },
    branch: {
      name: 'Branch',
      provisioner: 'postgres-branch',
      scope: 'git-branch',
      config: { admin: at.server, template: at.template },
    },
    ...more({ ...at, home }),
  };
  await writeFile(join(home, 'actions.yaml'), JSON.stringify({ actions })); // JSON is valid YAML
  return home;
}
