/** The surfaces of a running server: the OpenAPI document, answers, exported metrics, lines of the log, the schema and rights. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { databaseOf } from './database.ts';
import { loadExport, type Loaded } from './built.ts';
import { toPlain, withoutTexts, type Plain } from './plain.ts';

/** Requests without credentials: what a stranger, a probe and a scraper get. */
const REQUESTS = [
  'GET /livez',
  'GET /readyz',
  'GET /startupz',
  'GET /metrics',
  'GET /api/openapi.json',
  'GET /api/docs',
  'GET /console',
  'GET /console/',
  'GET /status/unknown',
  'GET /api/v1/actions',
  'GET /api/v1/me',
  'GET /unknown',
  'DELETE /api/v1/actions',
  'POST /webhooks/vercel',
  'GET /webhooks/vercel',
];

/** Starts the tree's server on an embedded PostgreSQL of its own and reads what it shows. */
export async function serverOf(root: string): Promise<Record<string, Plain>> {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-public-'));
  const start = await loadExport(root, 'startEmbeddedPostgres');
  const postgres: Loaded = await start({ dataDir: join(folder, 'data'), log: () => undefined });
  try {
    writeFileSync(
      join(folder, 'actions.yaml'),
      'actions: { branch: { name: Branch, provisioner: memory } }\n',
    );
    const env = environment(postgres.url);
    execFileSync(process.execPath, [join(root, 'dist/main.js'), 'migrate'], {
      cwd: folder,
      env,
      stdio: 'pipe',
    });
    const { child, url, lines } = await startServer(root, folder, env);
    const seen = { ...(await answersOf(url)), database: await databaseOf(root, postgres.url) };
    child.kill('SIGTERM');
    await once(child, 'exit');
    return { ...seen, lines: linesOf(lines) };
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const environment = (databaseUrl: string): Record<string, string> => ({
  NODE_ENV: 'test',
  PORT: '0',
  HOST: '127.0.0.1',
  DATABASE_URL: databaseUrl,
  ACTIONS_FILE: 'actions.yaml',
  VERCEL_CLIENT_SECRET: 'secret-of-the-comparison',
  ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
  OPERATOR_TOKENS: `alice:admin:${'0'.repeat(64)}`,
  LOG_LEVEL: 'info',
});

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  /** Each line of its log so far. */
  readonly lines: readonly Loaded[];
}

async function startServer(root: string, cwd: string, env: Record<string, string>): Promise<Running> {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, [join(root, 'dist/main.js')], { cwd, env, stdio: [...stdio] });
  const lines: Loaded[] = [];
  const output = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`public: the server of ${root} ended with ${code}`)));
    output.on('line', (text) => {
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text);
      lines.push(line);
      if (line.event === 'started') resolve(line.url);
    });
  });
  return { child, url, lines };
}

async function answersOf(url: string): Promise<Record<string, Plain>> {
  const answers = await Promise.all(REQUESTS.map(async (line) => [line, await answerTo(url, line)] as const));
  const document: unknown = await (await fetch(`${url}/api/openapi.json`)).json();
  const scraped = await (await fetch(`${url}/metrics`)).text();
  const types = [...scraped.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [
    name,
    type,
  ]);
  return {
    openapi: withoutTexts(document),
    answers: toPlain(Object.fromEntries(answers)),
    scraped: Object.fromEntries(types),
  };
}

/** Status, headers without the date and sizes, and the fields of a JSON body. */
async function answerTo(url: string, line: string): Promise<unknown> {
  const [method = '', path = ''] = line.split(' ');
  const answer = await fetch(`${url}${path}`, { method, redirect: 'manual' });
  const isOwn = (name: string): boolean =>
    !['date', 'content-length', 'etag', 'last-modified'].includes(name);
  const headers = [...answer.headers].filter(([name]) => isOwn(name));
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  const body: unknown = isJson && !path.endsWith('.json') ? await answer.json() : undefined;
  return { status: answer.status, headers: withoutNonces(Object.fromEntries(headers)), body: fieldsOf(body) };
}

const withoutNonces = (headers: Record<string, string>): unknown =>
  JSON.parse(JSON.stringify(headers).replaceAll(/'(nonce|sha256)-[^']+'/g, "'$1'"));

/** The names of the fields and the type of a problem; the other values are texts or change with time. */
const fieldsOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null
    ? { fields: Object.keys(body).toSorted(), type: 'type' in body ? body.type : undefined }
    : undefined;

/** The keys of a line by its event. */
const linesOf = (lines: readonly Loaded[]): Plain =>
  toPlain(Object.fromEntries(lines.map((line) => [line.event, Object.keys(line).toSorted()])));
