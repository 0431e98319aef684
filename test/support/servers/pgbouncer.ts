/** A real PgBouncer in front of a real PostgreSQL. Requires `pgbouncer` on PATH, which other tests do not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseAccount } from '../../../src/database/embedded/embedded-binaries.js';
import { answers, freePort } from '../../../src/database/embedded/embedded-cluster.js';
import { eventually } from '../world.js';

export interface PgBouncer {
  /** The URL of `database` through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @param settings additional lines of its `[pgbouncer]` section */
export async function startPgBouncer(
  database: string,
  mode: 'session' | 'transaction',
  settings: readonly string[] = [],
): Promise<PgBouncer> {
  const [port, home] = [await freePort(), await mkdtemp(join(tmpdir(), 'drawbridge-pgbouncer-'))];
  const file = join(home, 'pgbouncer.ini');
  await writeFile(file, configuration(new URL(database), port, [`pool_mode = ${mode}`, ...settings]));
  await chmod(home, 0o755);
  const server = spawn('pgbouncer', ['-q', file], { ...(await chooseAccount('/nowhere')), stdio: 'ignore' });
  const exited = once(server, 'exit');
  process.once('exit', () => server.kill('SIGKILL'));
  const url = new URL(database);
  url.port = `${port}`;
  await eventually(async () => (await answers(url.href)) === 'ready');
  return {
    url: url.href,
    stop: async () => {
      server.kill('SIGKILL');
      await exited;
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Few sessions and many clients: a client that relies on its session's state gets another session. */
function configuration(database: URL, port: number, settings: readonly string[]): string {
  const { hostname, port: behind, username, password } = database;
  return [
    '[databases]',
    `* = host=${hostname} port=${behind} user=${username} password=${decodeURIComponent(password)}`,
    '[pgbouncer]',
    `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\nauth_type = any`,
    'max_client_conn = 200\ndefault_pool_size = 30\nserver_round_robin = 1',
    ...settings,
    '',
  ].join('\n');
}
