import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connection, createWorld, eventually, INSTALLATION, type World, type WorldOptions } from './world.js';

const PLUGINS = ['slow-db', 'stubborn-db', 'scripted-db', 'wild-db', 'telltale-db'];
const HERE = import.meta.dirname;

export interface PluginCall {
  key: string;
  what: 'provision' | 'aborted' | 'landed' | 'deprovision';
  at: number;
  handle?: unknown;
  there?: boolean;
}

export interface StoredAction {
  id: string;
  state: string;
  outcome: string | null;
  reason: string | null;
  statusText: string | null;
  key: string | null;
  allocation: string | null;
  path: string[];
}

/** A world with the plugins of `test/support/plugins`, installed as packages in a folder. */
export interface PluginWorld extends World {
  /** The folder with the packages: the required working directory of a worker. */
  readonly cwd: string;
  calls(key?: string): Promise<PluginCall[]>;
  /** The keys of the existing things. */
  things(): Promise<string[]>;
  actionOf(deployment: string): Promise<StoredAction | undefined>;
  /** Waits until the action of a deployment is in `state`. */
  rested(deployment: string, state: string): Promise<StoredAction>;
  /** Creates a resource with these settings, and returns a connection of `action` to it. */
  connect(action: string, settings?: object, installationId?: string): Promise<ReturnType<typeof connection>>;
}

export interface PluginWorldOptions extends WorldOptions {
  /** Adds the actions `wild` and `hasty-wild`, whose plugin misbehaves at boot and shutdown as well. */
  wild: boolean;
}

export const ACTIONS_OF_PLUGINS = (dir: string, wild = false): string =>
  `actions:\n${[
    ['slow', 'slow-db', ''],
    ['stubborn', 'stubborn-db', ''],
    ['scripted', 'scripted-db', ''],
    ['hasty', 'scripted-db', '    deadline: 12s\n'],
    ['shared', 'scripted-db', '    scope: git-branch\n'],
    ...(wild
      ? [
          ['wild', 'wild-db', ''],
          ['hasty-wild', 'wild-db', '    deadline: 6s\n'],
        ]
      : []),
  ]
    .map(
      ([slug, name, more]) =>
        `  ${slug}:\n    provisioner: ${name}\n${more}    config: { dir: ${JSON.stringify(dir)} }\n`,
    )
    .join('')}`;

/** Runs `work` in the working directory `cwd`. Packages are searched there, at boot only. */
export async function inFolder<T>(cwd: string, work: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(cwd);
  try {
    return await work();
  } finally {
    process.chdir(before);
  }
}

export async function createPluginWorld({
  wild = false,
  ...options
}: Partial<PluginWorldOptions> = {}): Promise<PluginWorld> {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), 'drawbridge-plugins-')));
  const dir = join(cwd, 'server');
  await mkdir(join(cwd, 'node_modules'));
  await mkdir(dir);
  for (const name of PLUGINS)
    await symlink(join(HERE, 'plugins', name), join(cwd, 'node_modules', name), 'dir');
  const world = await inFolder(cwd, () =>
    createWorld({ actions: ACTIONS_OF_PLUGINS(dir, wild), ...options }),
  );
  return {
    ...world,
    cwd,
    calls: (key) => callsIn(dir, key),
    things: async () =>
      (await readdir(dir)).flatMap((name) => (name.startsWith('thing-') ? [name.slice(6)] : [])),
    actionOf: (deployment) => actionOf(world, deployment),
    rested: (deployment, state) => rested(world, deployment, state),
    connect: (action, settings, installationId) => connect(world, action, settings, installationId),
    close: async () => {
      await world.close();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

async function callsIn(dir: string, key: string | undefined): Promise<PluginCall[]> {
  const text = await readFile(join(dir, 'calls.jsonl'), 'utf8').catch(() => '');
  const calls = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as PluginCall]));
  return key === undefined ? calls : calls.filter((call) => call.key === key);
}

async function actionOf(world: World, deployment: string): Promise<StoredAction | undefined> {
  const [row] = await world.sql<StoredAction & Record<string, unknown>>(
    `SELECT a.id, a.state, outcome, reason, l.key, l.state AS allocation,
       nullif(concat_ws('; meanwhile: ', failure_text, progress_text), '') AS "statusText",
       array(SELECT event FROM transition t WHERE t.action_id = a.id ORDER BY t.id) AS path
     FROM action a LEFT JOIN allocation l ON l.id = a.allocation_id WHERE deployment_id = $1`,
    [deployment],
  );
  return row;
}

async function rested(world: World, deployment: string, state: string): Promise<StoredAction> {
  let last: StoredAction | undefined;
  try {
    return await eventually(async () => {
      last = await actionOf(world, deployment);
      return last?.state === state && last;
    });
  } catch (cause) {
    throw new Error(`${deployment} is not ${state} but ${JSON.stringify(last)}`, { cause });
  }
}

let serial = 0;

async function connect(world: World, action: string, settings: object = {}, installationId = INSTALLATION) {
  const resourceId = `res_${action}_${++serial}`;
  const path = `/api/v1/installations/${installationId}/resources/${resourceId}`;
  const body = JSON.stringify({ productId: 'prod_1', name: resourceId, settings });
  const { status } = await world.api(path, { method: 'PUT', body });
  if (status >= 300) throw new Error(`plugin world: PUT ${path} answered ${status}`);
  return connection({ installationId, resourceId, actions: [action] });
}
