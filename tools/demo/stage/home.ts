import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canReach, chooseAccount, ROOTS_HOME } from '../../../src/database/embedded/embedded-binaries.js';

/** A folder of this demo alone, for all that it writes. */
export interface Home {
  readonly path: string;
  /** Has the process ended with the demo, however that ends. */
  guards(pid: number): void;
  remove(): Promise<void>;
}

export async function makeHome(): Promise<Home> {
  const path = await mkdtemp(join(await passableFolder(), 'drawbridge-demo-'));
  // PostgreSQL, which root runs as another user, passes through it; what is secret inside is closed by itself.
  await chmod(path, 0o711);
  const release = endWithUs(path);
  return {
    path,
    guards: (pid) => appendFileSync(join(path, 'pids'), `${pid}\n`),
    remove: async () => {
      await rm(path, { recursive: true, force: true });
      release();
    },
  };
}

async function passableFolder(): Promise<string> {
  const account = await chooseAccount('/nowhere');
  for (const folder of [tmpdir(), '/tmp', '/var/tmp']) {
    if (await canReach(folder, account)) return folder;
  }
  await mkdir(ROOTS_HOME, { recursive: true });
  return ROOTS_HOME;
}

/**
 * A shell that waits for the end of its input, which comes when this process ends, however it ends: then it ends what
 * was started and removes the files. In a session of its own, out of reach of Ctrl-C.
 */
function endWithUs(path: string): () => void {
  if (process.platform === 'win32') return () => undefined;
  const pids = 'while read -r pid; do kill -KILL "$pid"; done < "$1/pids"';
  const postgres = 'lock="$1/postgres/postmaster.pid"; [ -f "$lock" ] && kill -QUIT "$(head -n 1 "$lock")"';
  const script = `read -r line; [ "$line" = stopped ] || { ${pids}; ${postgres}; sleep 2; rm -rf "$1"; }`;
  const guard = spawn('/bin/sh', ['-c', script, 'sh', path], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined); // without a shell the demo works all the same, as long as it is not killed
  guard.unref();
  const input = guard.stdin as typeof guard.stdin & { unref?: () => void };
  input.on('error', () => undefined);
  input.unref?.();
  return () => input.end('stopped\n');
}
