/** Drawbridge as child processes of its own build, which tests kill, pause and stop. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { WAIT_MS } from './wait.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const BUILDS = join(REPOSITORY, '.build', 'chaos');
const OLD_MS = 3_600_000;
const KEPT_OUTPUT = 40_000;

/** The end of a process: its exit code, or its signal. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running `main.js`. */
export interface DrawbridgeProcess {
  readonly pid: number;
  readonly roles: string;
  /** The URL of the process. */
  readonly url: string;
  readonly exited: Promise<ProcessExit>;
  readonly running: boolean;
  /** The last part of the output. */
  output(): string;
  /** Sends `kill -9`; resolves when the process has ended. */
  kill(): Promise<ProcessExit>;
  /** Sends SIGTERM; resolves when the process has ended. */
  stop(): Promise<ProcessExit>;
  /** Sends SIGSTOP: the process does nothing until `wake`. */
  pause(): void;
  /** Sends SIGCONT. */
  wake(): void;
}

/**
 * Starts `main.js` (of the sources by default) with exactly this environment, and resolves once it is ready.
 * The process ends with this one in any case; tests call `kill` themselves. Rejects with the output when the
 * process ends or hangs before.
 */
export async function startDrawbridge(
  env: Record<string, string>,
  cwd: string,
  main?: string,
  nodeOptions: readonly string[] = [],
): Promise<DrawbridgeProcess> {
  const child = spawn(process.execPath, [...nodeOptions, main ?? join(await compiled(), 'src/main.js')], {
    env: { NODE_COMPILE_CACHE: join(BUILDS, 'cache'), ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = exitOf(child);
  guard(child, exited);
  const output = collect(child);
  const url = await announcedUrl(child, output);
  await untilReady(url, child, output);
  return handleOf(child, { roles: env['ROLES'] ?? '', url, exited, output });
}

export interface ProgramOutput extends ProcessExit {
  stdout: string;
  stderr: string;
}

/** Runs the command line, `cli/main.js`, to its end with exactly this environment. */
export async function runDrawbridge(
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
  input = '',
): Promise<ProgramOutput> {
  return runProgram('cli/main.js', args, env, cwd, input);
}

/** Runs `main.js migrate` to its end with exactly this environment. */
export function runMigration(env: Record<string, string>, cwd: string): Promise<ProgramOutput> {
  return runProgram('main.js', ['migrate'], env, cwd);
}

/** Runs a compiled program to its end with exactly this environment. */
export async function runProgram(
  script: 'main.js' | 'cli/main.js',
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
  input = '',
): Promise<ProgramOutput> {
  const { child, exited } = await spawnCommand(args, env, cwd, script);
  child.stdin?.end(input);
  const { stdout, stderr } = child as { stdout: Readable; stderr: Readable };
  const [out, err, exit] = await Promise.all([text(stdout), text(stderr), exited]);
  return { ...exit, stdout: out, stderr: err };
}

/** A running `cli/main.js`. */
export interface RunningCommand {
  readonly exited: Promise<ProcessExit>;
  stdout(): string;
  stderr(): string;
  signal(name: NodeJS.Signals): void;
  /** Closes the reading end of its output, as `| head` does. */
  stopReading(): void;
}

/** Starts the command line and returns at once. The command ends with this process. */
export async function startCommand(
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
): Promise<RunningCommand> {
  const { child, exited } = await spawnCommand(args, env, cwd);
  child.stdin?.end();
  const [written, complained] = [collect(child, ['stdout']), collect(child, ['stderr'])];
  return {
    exited,
    stdout: written,
    stderr: complained,
    signal: (name) => void child.kill(name),
    stopReading: () => child.stdout?.destroy(),
  };
}

async function spawnCommand(
  args: readonly string[],
  env: Record<string, string>,
  cwd: string,
  script = 'cli/main.js',
) {
  const main = join(await compiled(), 'src', script);
  const child = spawn(process.execPath, [main, ...args], {
    env: { NODE_COMPILE_CACHE: join(BUILDS, 'cache'), ...env },
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = exitOf(child);
  guard(child, exited);
  child.stdin.on('error', () => undefined); // the command ended without reading its input
  return { child: child as ChildProcess, exited };
}

function handleOf(
  child: ChildProcess,
  about: { roles: string; url: string; exited: Promise<ProcessExit>; output: () => string },
): DrawbridgeProcess {
  const signal = (name: NodeJS.Signals): Promise<ProcessExit> => {
    if (isRunning(child)) child.kill(name);
    return about.exited;
  };
  return {
    ...about,
    pid: child.pid as number,
    get running() {
      return isRunning(child);
    },
    kill: () => signal('SIGKILL'),
    stop: () => signal('SIGTERM'),
    pause: () => void child.kill('SIGSTOP'),
    wake: () => void child.kill('SIGCONT'),
  };
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

async function exitOf(child: ChildProcess): Promise<ProcessExit> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

/**
 * Starts a shell that waits for the end of its input, which comes when this process ends in any way. Then it
 * kills the child.
 */
function guard(child: ChildProcess, exited: Promise<ProcessExit>): void {
  const script = 'read line; [ "$line" = ended ] || kill -9 "$1"';
  const shell = spawn('/bin/sh', ['-c', script, 'sh', `${child.pid}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  (shell.stdin as typeof shell.stdin & { unref?: () => void }).unref?.();
  void exited.then(() => shell.stdin.end('ended\n'));
}

function collect(child: ChildProcess, of: ('stdout' | 'stderr')[] = ['stdout', 'stderr']): () => string {
  let text = '';
  for (const name of of) {
    child[name]
      ?.setEncoding('utf8')
      .on('data', (chunk: string) => (text = (text + chunk).slice(-KEPT_OUTPUT)));
  }
  return () => text;
}

/** The announcement of the URL: a line for people, or an event of the log in production. */
const ANNOUNCEMENT = /^drawbridge: .* at (http:\S+)$|"event":"started","url":"(http:[^"]+)"/m;

async function announcedUrl(child: ChildProcess, output: () => string): Promise<string> {
  const found = await poll(child, output, async () => ANNOUNCEMENT.exec(output())?.slice(1).find(Boolean));
  return found.replace('0.0.0.0', '127.0.0.1');
}

async function untilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  await poll(child, output, () =>
    fetch(`${url}/readyz`).then(
      (answer) => answer.ok || undefined,
      () => undefined,
    ),
  );
}

async function poll<T>(
  child: ChildProcess,
  output: () => string,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  for (const limit = Date.now() + WAIT_MS; Date.now() < limit; await pause(25)) {
    const seen = await probe();
    if (seen !== undefined) return seen;
    if (!isRunning(child)) throw new Error(`processes: drawbridge ended before it was ready\n${output()}`);
  }
  child.kill('SIGKILL');
  throw new Error(`processes: drawbridge is not ready within ${WAIT_MS} ms\n${output()}`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let building: Promise<string> | undefined;

/**
 * The folder with the compiled sources, inside the repository so that packages resolve. Its name is a hash of
 * the sources: concurrent spec files share it, and it always belongs to the current sources.
 */
export function compiled(): Promise<string> {
  return (building ??= compile());
}

async function compile(): Promise<string> {
  const config = readConfig();
  const sources = await Promise.all(
    config.fileNames.map(async (file) => ({
      file,
      text: await readFile(file, 'utf8'),
    })),
  );
  const hash = createHash('sha256')
    .update(JSON.stringify([ts.version, sources]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(BUILDS, hash);
  if (await exists(folder)) return folder;
  await removeOld();
  const unfinished = join(BUILDS, `.${hash}-${randomBytes(4).toString('hex')}`);
  for (const source of sources) await emit(source, config.options, unfinished);
  await rename(unfinished, folder).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(folder))) throw error; // otherwise another spec file was faster
  });
  return folder;
}

function readConfig(): ts.ParsedCommandLine {
  const host: ts.ParseConfigFileHost = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(`processes: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
    },
  };
  const config = ts.getParsedCommandLineOfConfigFile(join(REPOSITORY, 'tsconfig.demo.json'), {}, host);
  if (config === undefined) throw new Error('processes: tsconfig.demo.json cannot be read');
  return config;
}

/**
 * Compiles file by file without types. `npm run check` checks the types, and a whole program takes several
 * times as long.
 */
async function emit(
  { file, text }: { file: string; text: string },
  options: ts.CompilerOptions,
  folder: string,
): Promise<void> {
  const target = join(folder, relative(REPOSITORY, file)).replace(/\.ts$/, '.js');
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, javascriptOf(text, file, options));
}

function javascriptOf(text: string, fileName: string, options: ts.CompilerOptions): string {
  return ts.transpileModule(text, {
    fileName,
    compilerOptions: {
      ...options,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      declaration: false,
      sourceMap: false,
    },
  }).outputText;
}

async function removeOld(): Promise<void> {
  await mkdir(BUILDS, { recursive: true });
  for (const name of await readdir(BUILDS)) {
    const folder = join(BUILDS, name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() })); // another file removed it
    if (Date.now() - mtimeMs > OLD_MS) await rm(folder, { recursive: true, force: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
