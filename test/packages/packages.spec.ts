/**
 * Does what a new plugin author does: packs Drawbridge, installs it with npm, follows the page, and runs the
 * example's tests.
 */
import { execFile } from 'node:child_process';
import { copyFile, cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, EXAMPLE, filesOf, packed, REPOSITORY, type Ran } from '../support/packed.js';
import { scriptOf, stepsOf } from '../support/docs/page.js';

let tarballs: string;
let folder: string;

const run = (program: string, args: readonly string[], cwd: string): Promise<Ran> =>
  new Promise((done) => {
    // npm passes its working directory on in variables. These programs start in another one.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_|^VITEST/i.test(name)),
    );
    execFile(program, args, { cwd, env, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });

async function tarballOf(name: string): Promise<string> {
  const found = (await readdir(tarballs)).find((file) => file.startsWith(`${name}-`));
  return join(tarballs, found ?? `${name} was not packed`);
}

beforeAll(async () => {
  tarballs = await emptyFolder();
  folder = await emptyFolder();
  for (const cwd of [REPOSITORY, EXAMPLE])
    expect(await run('npm', ['pack', '--pack-destination', tarballs], cwd)).toMatchObject({ code: 0 });
});
afterAll(async () => {
  for (const dir of [tarballs, folder]) await rm(dir, { recursive: true, force: true });
});

describe('npm pack', () => {
  it('builds its content, and packs the same as the other tests install', async () => {
    const [built, expected] = [await tarballOf('drawbridge'), (await packed()).drawbridge];
    expect((await filesOf(built)).toSorted()).toEqual((await filesOf(expected)).toSorted());
  });
});

describe('docs/writing-a-provisioner.md', () => {
  it('gives a package that passes when followed literally in an empty folder', async () => {
    const page = await readFile(join(REPOSITORY, 'docs/writing-a-provisioner.md'), 'utf8');
    await copyFile(await tarballOf('drawbridge'), join(folder, 'drawbridge-0.1.0.tgz'));
    const { code, output } = await run('bash', ['-c', scriptOf(stepsOf(page))], folder);
    expect(output.match(/^ℹ fail 0$/gm), output).toHaveLength(2); // as generated, and as written on the page
    expect(output).toContain('actions.namespace: the configuration is valid');
    expect(code, output).toBe(0);
  });
});

describe('examples/provisioner-redis-prefix', () => {
  it('passes its own tests as packed, with Drawbridge as packed, on a real Redis', async () => {
    const dir = join(folder, 'example');
    const unpacked = await run(
      'bash',
      [
        '-ec',
        'mkdir -p "$1" && tar -xzf "$0" --strip-components=1 -C "$1"',
        await tarballOf('provisioner-redis-prefix'),
        dir,
      ],
      folder,
    );
    expect(unpacked).toEqual({ code: 0, output: '' });
    for (const own of ['test', 'tsconfig.json'])
      await cp(join(EXAMPLE, own), join(dir, own), { recursive: true });
    const script = 'npm install --save-dev "$0" && npm test && npm run types';
    const { code, output } = await run('bash', ['-ec', script, await tarballOf('drawbridge')], dir);
    expect(output).toMatch(/^ℹ fail 0$/m);
    expect(output).toMatch(/✔ loses its connections, and its keys in steps, when it is removed/);
    expect(code, output).toBe(0);
  });
});
