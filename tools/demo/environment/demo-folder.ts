import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canReach, chooseAccount, ROOTS_HOME } from '../../../src/database/embedded/embedded-binaries.js';

/** The folder for all files of this demo. */
export interface DemoFolder {
  readonly path: string;
  /** Kills the process with the demo, also when the demo is killed. */
  endWithDemo(pid: number): void;
  remove(): Promise<void>;
}

export async function createDemoFolder(): Promise<DemoFolder> {
  const path = await mkdtemp(join(await passableFolder(), 'drawbridge-demo-'));
  // PostgreSQL, which runs as another user under root, must enter the folder. Secret files in it have their
  // own modes.
  await chmod(path, 0o711);
  const release = startGuard(path);
  return {
    path,
    endWithDemo: (pid) => appendFileSync(join(path, 'pids'), `${pid}\n`),
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
 * Starts a shell that waits for the end of its input, which comes when this process ends in any way. Then it
 * ends the demo's processes and removes the files. It has a session of its own, so that Ctrl-C does not end
 * it.
 */
function startGuard(path: string): () => void {
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
  guard.on('error', () => undefined); // Without a shell only a killed demo leaves files.
  guard.unref();
  const input = guard.stdin as typeof guard.stdin & { unref?: () => void };
  input.on('error', () => undefined);
  input.unref?.();
  return () => input.end('stopped\n');
}
