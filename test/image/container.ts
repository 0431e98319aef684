/** Runs an image's files as a container engine would, with what Linux brings: namespaces, a read-only root, an unknown user. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ENTER = fileURLToPath(new URL('enter.sh', import.meta.url));
/** No other process of this network is seen or shared: only the network is this machine's. */
const UNSHARE = ['--mount', '--pid', '--fork', '--kill-child', '--ipc', '--uts'];

/** What `npm run image` writes down of an image. */
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
  /** Its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  output(): string;
  /** As the kubelet does: to process 1, from outside. */
  signal(name: NodeJS.Signals): Promise<void>;
}

/** Throws where this machine does not let us make containers, and says why. */
export function needNamespaces(): void {
  const { status, stderr, error } = spawnSync('unshare', [...UNSHARE, 'mount', '--make-rprivate', '/']);
  if (status === 0) return;
  const why = error?.message ?? String(stderr).trim();
  throw new Error(
    `container: namespaces cannot be made here; run this as root on Linux with util-linux: ${why}`,
  );
}

/** The image's entry point with these arguments, or in place of it `command`; nothing but `env` is in its environment. */
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
  if (first === '') throw new Error('container: its process 1 is gone');
  process.kill(Number(first), name);
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}
