/**
 * Runs an image's files as a container engine does, with Linux' own means: namespaces, a read-only root, an
 * unknown user.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ENTER = fileURLToPath(new URL('enter.sh', import.meta.url));
/** Separate process and IPC namespaces. The network is the machine's. */
const UNSHARE = ['--mount', '--pid', '--fork', '--kill-child', '--ipc', '--uts'];

/** The description of an image that `npm run image` writes. */
export interface ContainerImage {
  readonly root: string;
  readonly workdir: string;
  readonly env: Record<string, string>;
  readonly labels: Record<string, string>;
  readonly user: string;
  readonly entrypoint: string[];
  readonly digest: string;
  readonly files: number;
  readonly bytes: number;
}

export interface Container {
  readonly uid: number;
  /** The exit code; null when a signal ended the process. */
  readonly exited: Promise<number | null>;
  output(): string;
  /** Sends a signal to process 1 from outside, as the kubelet does. */
  signal(name: NodeJS.Signals): Promise<void>;
}

/** @throws Error with the reason when this machine cannot create namespaces */
export function needNamespaces(): void {
  const { status, stderr, error } = spawnSync('unshare', [...UNSHARE, 'mount', '--make-rprivate', '/']);
  if (status === 0) return;
  const why = error?.message ?? String(stderr).trim();
  throw new Error(
    `container: namespaces cannot be made here; run this as root on Linux with util-linux: ${why}`,
  );
}

/**
 * Runs the image's entry point with these arguments, or `command` instead of the entry point. The environment
 * contains only `env`.
 */
export function startContainer(
  image: ContainerImage,
  { args = [], command, env }: { args?: string[]; command?: string[]; env: Record<string, string> },
): Container {
  const uid = randomInt(100_000, 2_000_000_000);
  const words = command ?? [...image.entrypoint, ...args];
  const enter = ['/bin/sh', ENTER, image.root, process.execPath, `${uid}`, image.workdir, ...words];
  const child = spawn('unshare', [...UNSHARE, ...enter], {
    env: { ...image.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return { uid, exited, output: collect(child), signal: async (name) => signal(child, name) };
}

async function signal(child: ChildProcess, name: NodeJS.Signals): Promise<void> {
  const first = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim();
  if (first === '') throw new Error('container: its process 1 has ended');
  process.kill(Number(first), name);
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}
