import { createHash, randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { Global, Module, type DynamicModule, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { FastifyHttpOptions } from 'fastify';
import { PgBoss } from 'pg-boss';
import { DataSource } from 'typeorm';
import type { Config } from '../../../src/config/config.js';
import { CONFIG } from '../../../src/config/config.constants.js';
import type { OperatorRole } from '../../../src/config/secrets/secrets.js';
import { READ } from '../../../src/database/database.constants.js';
import { dataSourceOptions } from '../../../src/database/schema/data-source.js';
import { DatabaseWatch } from '../../../src/database/connection/database-watch.js';
import { Listener } from '../../../src/database/listener.js';
import { createQueue, startQueue } from '../../../src/database/queue/queue.js';
import { Sql } from '../../../src/database/sql.js';
import { setLogLevel } from '../../../src/log/log.js';
import { HealthModule } from '../../../src/health/health.module.js';
import { ApiModule } from '../../../src/api/api.module.js';
import { ApiDocument, publishApiDocument } from '../../../src/http/openapi/document.js';
import { answerBadUrl } from '../../../src/http/problems/bad-url.js';
import { LONGEST_IN_PATH } from '../../../src/http/problems/id.pipe.js';
import { ProblemModule } from '../../../src/http/problems/problem.module.js';
import { Connections } from '../../../src/http/server/connections.js';
import { OpenStreams } from '../../../src/http/streaming/open-streams.js';
import { BODY_LIMIT, parseBodies } from '../../../src/http/server/raw-body.js';
import { DescribedAnswers } from '../../support/docs/described-answers.js';
import { readingOptions } from '../../support/entities.js';
import { createDatabase } from '../../support/postgres.js';

/** Returns the parsed entry of OPERATOR_TOKENS for a token. */
export const tokenEntry = (
  name: string,
  role: OperatorRole,
  token: string,
  installations: ReadonlySet<string> | null = null,
) => ({ name, role, sha256: createHash('sha256').update(token).digest('hex'), installations });

export const TOKENS: Record<OperatorRole, string> = {
  viewer: randomBytes(24).toString('hex'),
  operator: randomBytes(24).toString('hex'),
  admin: randomBytes(24).toString('hex'),
};

export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read bodies of any shape
  body: any;
}

/** Returns the items of all pages of a list. `get` requests one page by its path with query. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests read items of any shape
export async function itemsOf(get: (path: string) => Promise<Answer>, path: string): Promise<any[]> {
  const items: unknown[] = [];
  for (let next: string | null = ''; next !== null;) {
    const { status, body }: Answer = await get(next === '' ? path : `${path}&cursor=${next}`);
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    items.push(...body.items);
    next = body.next;
  }
  return items;
}

export interface ApiCallOptions {
  as?: OperatorRole | null;
  /** Takes precedence over `as`. */
  token?: string;
  body?: unknown;
  raw?: string | Buffer;
  headers?: Record<string, string>;
}

export interface AppOptions {
  migrate?: boolean;
  controllers?: Type[];
  config?: TestConfig;
  /** Limits of the HTTP server; without them it has none. */
  serverLimits?: Pick<FastifyHttpOptions<Server>, 'requestTimeout' | 'connectionTimeout' | 'http'>;
}

/** The part of the configuration that a test can set. */
export type TestConfig = Partial<Pick<Config, 'oidc' | 'operatorTokens'>>;

/** The operators API on its own database, over real HTTP. */
export interface OperatorApp {
  readonly app: NestFastifyApplication;
  readonly database: DataSource;
  readonly sql: Sql;
  readonly databaseUrl: string;
  readonly url: string;
  /** Every registered route, as `GET /path/{id}`. */
  readonly routes: ReadonlySet<string>;
  call(method: string, path: string, options?: ApiCallOptions): Promise<Answer>;
  close(): Promise<void>;
}

export async function startApp(options: AppOptions = {}): Promise<OperatorApp> {
  const { url, drop } = await createDatabase('operator');
  const database = await new DataSource(readingOptions(url, 6)).initialize();
  const boss = createQueue(url, { supervise: false, max: 2 });
  if (options.migrate ?? true) {
    await database.runMigrations();
    await startQueue(boss);
  }
  const sql = new Sql(url, { name: 'test', max: 4, statementTimeoutMs: 20_000 });
  const listener = new Listener(url);
  const routes = new Set<string>();
  const app = await createApp({ url, sql, boss, listener }, options, routes);
  publishApiDocument(app);
  const connections = new Connections(app.getHttpServer());
  await app.listen(0, '127.0.0.1');
  const base = await app.getUrl();
  const described = new DescribedAnswers(app.get(ApiDocument).get());
  return {
    app,
    database,
    sql,
    databaseUrl: url,
    url: base,
    routes,
    call: async (method, path, callOptions) => {
      const answer = await call(base, method, path, callOptions);
      // The document does not describe controllers of a test.
      if (options.controllers === undefined) described.check(method, path, answer);
      return answer;
    },
    close: async () => {
      app.get(OpenStreams).end();
      // fetch opens connections for those that it aborts, and sends no request on them.
      const interval = setInterval(() => connections.closeWaiting(), 250);
      await app.close().finally(() => clearInterval(interval));
      await listener.close();
      await boss.stop({ graceful: false });
      await sql.close();
      if (database.isInitialized) await database.destroy();
      await drop();
    },
  };
}

interface Databases {
  url: string;
  sql: Sql;
  boss: PgBoss;
  listener: Listener;
}

async function createApp(
  databases: Databases,
  { controllers = [], config = {}, serverLimits = {} }: AppOptions,
  routes: Set<string>,
): Promise<NestFastifyApplication> {
  const builder = Test.createTestingModule({
    imports: [provided(databases, config), ProblemModule, ApiModule, HealthModule],
    controllers,
  });
  const module = await builder.compile();
  const adapter = new FastifyAdapter({
    ...serverLimits,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: 'idle',
    frameworkErrors: answerBadUrl,
    routerOptions: { maxParamLength: LONGEST_IN_PATH },
  });
  parseBodies(adapter.getInstance());
  adapter.getInstance().addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.add(`${one} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  });
  const app = module.createNestApplication<NestFastifyApplication>(adapter, { bodyParser: false });
  app.useLogger(false);
  setLogLevel('silent');
  return app.init().then(() => app);
}

@Global()
@Module({})
class ProvidedModule {}

function provided({ url, sql, boss, listener }: Databases, config: TestConfig): DynamicModule {
  const providers = [
    { provide: CONFIG, useValue: { ...testConfig(), ...config } },
    { provide: Sql, useValue: sql },
    { provide: PgBoss, useValue: boss },
    { provide: Listener, useValue: listener },
    { provide: DatabaseWatch, useValue: new DatabaseWatch(sql) },
  ];
  const entities = { ...dataSourceOptions(url, { name: 'test', max: 4 }), autoLoadEntities: true };
  const imports = [TypeOrmModule.forRoot(entities), TypeOrmModule.forRoot(entities, READ)];
  return { module: ProvidedModule, imports, providers, exports: providers };
}

function testConfig() {
  return {
    operatorTokens: Object.entries(TOKENS).map(([role, token]) =>
      tokenEntry(`${role}-1`, role as OperatorRole, token),
    ),
    oidc: null,
    retention: { deliveriesMs: null, actionsMs: 90 * 86_400_000 },
    actions: new Map([['branch', { slug: 'branch', deadlineMs: 60_000 }]]),
    publicUrl: null,
    // No server listens on this port, so requests to Vercel stay unanswered.
    vercel: { apiUrl: 'http://127.0.0.1:9' },
    encryptionKeys: [{ id: 'k1', key: Buffer.alloc(32, 7) }],
  };
}

async function call(
  base: string,
  method: string,
  path: string,
  options: ApiCallOptions = {},
): Promise<Answer> {
  const { as = 'viewer', body, raw } = options;
  const headers: Record<string, string> = { ...options.headers };
  const token = options.token ?? (as === null ? null : TOKENS[as]);
  if (token !== null) headers['authorization'] ??= `Bearer ${token}`;
  if (body !== undefined || raw !== undefined) headers['content-type'] ??= 'application/json';
  const response = await fetch(`${base}${path}`, {
    method,
    headers,
    ...(body === undefined && raw === undefined ? {} : { body: raw ?? JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}
