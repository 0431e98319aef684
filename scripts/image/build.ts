import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { contextOf } from './context.ts';
import { stagesOf, type BuildStage, type BuildStep } from './dockerfile.ts';

const run = promisify(execFile);

/** The configuration of the image, as a container engine would write it. */
export interface Image {
  /** The folder with the image's own files, without the files of its base image. */
  readonly root: string;
  readonly base: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
}

interface Building {
  readonly root: string;
  workdir: string;
  env: Record<string, string>;
  labels: Record<string, string>;
  user: string;
  entrypoint: string[];
}

/** Runs the steps of the Dockerfile of `context` in folders below `target`, one for each stage. */
export async function buildImage(
  context: string,
  target: string,
  args: Readonly<Record<string, string>>,
): Promise<Image> {
  const stages = stagesOf(await readFile(join(context, 'Dockerfile'), 'utf8'), args);
  const files = await contextOf(context);
  const roots = new Map<string, string>();
  for (const stage of stages.slice(0, -1))
    roots.set(stage.name, (await build(stage, target, { context, files, roots })).root);
  const last = stages.at(-1) as BuildStage;
  return { ...(await build(last, target, { context, files, roots })), base: last.image };
}

interface Sources {
  readonly context: string;
  readonly files: readonly string[];
  readonly roots: ReadonlyMap<string, string>;
}

async function build(stage: BuildStage, target: string, sources: Sources): Promise<Building> {
  const root = join(target, stage.name || 'root');
  await mkdir(root, { recursive: true });
  const building: Building = { root, workdir: '/', env: {}, labels: {}, user: '', entrypoint: [] };
  for (const step of stage.steps) await runStep(step, building, sources);
  return building;
}

async function runStep(step: BuildStep, building: Building, sources: Sources): Promise<void> {
  switch (step.kind) {
    case 'workdir':
      building.workdir = posix.resolve(building.workdir, step.path);
      await mkdir(join(building.root, building.workdir), { recursive: true });
      return;
    case 'env':
      Object.assign(building.env, step.values);
      return;
    case 'label':
      Object.assign(building.labels, step.values);
      return;
    case 'user':
      building.user = step.user;
      return;
    case 'entrypoint':
      building.entrypoint = step.args;
      return;
    case 'run':
      return runIn(building, step.command);
    case 'copy':
      return copy(step, building, sources);
  }
}

/**
 * Runs a command with the present Node. npm inherits only the settings that it needs to reach its registry.
 */
async function runIn({ root, workdir, env }: Building, command: string): Promise<void> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_)|^VITEST|^NODE_(ENV|OPTIONS|PATH)$/i.test(name),
  );
  const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const options = {
    cwd: join(root, workdir),
    env: { ...Object.fromEntries(inherited), ...env, PATH },
    maxBuffer: 1e8,
  };
  await run('/bin/sh', ['-c', command], options).catch(
    (error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`image: ${command}: ${error.stdout ?? ''}${error.stderr ?? error.message}`, {
        cause: error,
      });
    },
  );
}

async function copy(
  { from, sources, target }: Extract<BuildStep, { kind: 'copy' }>,
  { root, workdir }: Building,
  { context, files, roots }: Sources,
): Promise<void> {
  const to = join(root, posix.resolve(workdir, target));
  for (const source of sources) {
    if (from === null)
      await copyFromContext(source, to, { context, files, intoFolder: target.endsWith('/') });
    else await copyAll(join(roots.get(from) ?? absent(`stage ${from}`), source), to, target.endsWith('/'));
  }
}

/** Copies like COPY: a folder's content into the target, a file into the target if that is a folder. */
async function copyFromContext(
  source: string,
  to: string,
  { context, files, intoFolder }: { context: string; files: readonly string[]; intoFolder: boolean },
): Promise<void> {
  const found = files.filter((path) => path === source || path.startsWith(`${source}/`));
  if (found.length === 0) absent(`${source} in the build context (see .dockerignore)`);
  for (const path of found) {
    const target =
      path === source
        ? intoFolder
          ? join(to, basename(path))
          : to
        : join(to, path.slice(source.length + 1));
    await cp(join(context, path), target);
  }
}

async function copyAll(source: string, to: string, intoFolder: boolean): Promise<void> {
  const folder = (await stat(source)).isDirectory();
  await cp(source, !folder && intoFolder ? join(to, basename(source)) : to, {
    recursive: true,
    verbatimSymlinks: true,
  });
}

function absent(what: string): never {
  throw new Error(`image: missing ${what}`);
}
