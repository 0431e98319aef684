/** A PgBouncer of its own, where `pgbouncer` is on PATH: it is no part of what the tests need. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/database/embedded.cluster.js';

export interface PgBouncer {
  /** The given URL by way of the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @param lines further lines of its configuration */
export async function startPgBouncer(url: string, lines: readonly string[]): Promise<PgBouncer> {
  const [target, port, home] = [new URL(url), await freePort(), await mkdtemp(join(tmpdir(), 'pgbouncer-'))];
  const file = join(home, 'pgbouncer.ini');
  await chmod(home, 0o755);
  await writeFile(file, configuration(target, port, lines));
  // As root it wants to run as somebody else.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const server = spawn('pgbouncer', [...user, '-q', file], { stdio: 'ignore' });
  const exited = once(server, 'exit');
  process.once('exit', () => server.kill('SIGKILL'));
  await untilListening(port, () => server.exitCode !== null);
  const pooled = new URL(url);
  pooled.port = `${port}`;
  return {
    url: pooled.href,
    stop: async () => {
      server.kill('SIGKILL');
      await exited;
      await rm(home, { recursive: true, force: true });
    },
  };
}

const configuration = (to: URL, port: number, lines: readonly string[]): string =>
  [
    '[databases]',
    `* = host=${to.hostname} port=${to.port} user=${to.username} password=${to.password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    ...lines,
    '',
  ].join('\n');

async function untilListening(port: number, ended: () => boolean): Promise<void> {
  for (const limit = Date.now() + 10_000; Date.now() < limit;) {
    if (ended()) throw new Error('pgbouncer: ended at once');
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('pgbouncer: does not listen');
}
