/** Runs the server of a built tree or of an installed package on an embedded PostgreSQL. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadExport, type Loaded } from './built.ts';

export interface ServerSetup {
  /** The tree or the package whose `dist/main.js` runs. */
  readonly root: string;
  /** The built tree whose development dependencies include PostgreSQL. */
  readonly postgresOf: string;
  /** The working directory, from which plugins are resolved. */
  readonly folder: string;
  /** The content of actions.yaml. */
  readonly actions: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ObservedServer {
  readonly url: string;
  readonly databaseUrl: string;
  /** Each line of its log so far. */
  readonly lines: readonly Loaded[];
}

/** The client secret and the operator's token of each server. */
export const SECRET = 'secret-of-the-comparison';
export const TOKEN = 'operator-of-the-comparison';

/** Migrates a new database, starts the server, calls `use` and stops both. */
export async function withServer<Result>(
  setup: ServerSetup,
  use: (server: ObservedServer) => Promise<Result>,
): Promise<Result> {
  const dataDir = mkdtempSync(join(tmpdir(), 'drawbridge-public-'));
  const startPostgres = await loadExport(setup.postgresOf, 'startEmbeddedPostgres');
  const postgres: Loaded = await startPostgres({ dataDir, log: () => undefined });
  try {
    writeFileSync(join(setup.folder, 'actions.yaml'), setup.actions);
    const env = { ...environment(postgres.url), ...setup.env };
    const main = join(setup.root, 'dist/main.js');
    execFileSync(process.execPath, [main, 'migrate'], { cwd: setup.folder, env, stdio: 'pipe' });
    return await run(main, setup.folder, env, use);
  } finally {
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const environment = (databaseUrl: string): Record<string, string> & { DATABASE_URL: string } => ({
  NODE_ENV: 'test',
  PORT: '0',
  HOST: '127.0.0.1',
  DATABASE_URL: databaseUrl,
  ACTIONS_FILE: 'actions.yaml',
  VERCEL_CLIENT_SECRET: SECRET,
  ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
  OPERATOR_TOKENS: `alice:admin:${createHash('sha256').update(TOKEN).digest('hex')}`,
  LOG_LEVEL: 'info',
});

/** Also waits for the shutdown, so that `lines` has all lines afterwards. */
async function run<Result>(
  main: string,
  cwd: string,
  env: { readonly DATABASE_URL: string },
  use: (server: ObservedServer) => Promise<Result>,
): Promise<Result> {
  const child = spawn(process.execPath, [main], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const lines: Loaded[] = [];
  const output = createInterface({ input: child.stdout });
  const ended = once(output, 'close');
  try {
    const url = await new Promise<string>((resolve, reject) => {
      void exit.then(([code]) => reject(new Error(`public: ${main} ended with ${code} before it was ready`)));
      output.on('line', (text) => {
        if (!text.startsWith('{')) return;
        const line = JSON.parse(text);
        lines.push(line);
        if (line.event === 'started') resolve(line.url as string);
      });
    });
    return await use({ url, databaseUrl: env.DATABASE_URL, lines });
  } finally {
    child.kill('SIGTERM');
    await Promise.all([exit, ended]);
  }
}
