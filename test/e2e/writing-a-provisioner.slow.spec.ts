import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyFolder, install, link, packed, REPOSITORY, runNode } from '../support/packed.js';
import { stepsOf, type PageStep } from '../support/docs/page.js';

const SMALLEST = 'acme-namespace/src/index.js';
let steps: PageStep[];

beforeAll(async () => {
  steps = stepsOf(await readFile(join(REPOSITORY, 'docs/writing-a-provisioner.md'), 'utf8'));
});

const linesOf = (text: string): number => text.trimEnd().split('\n').length;
const source = (path: string): Promise<string> => readFile(join(REPOSITORY, 'src/provisioner', path), 'utf8');

describe('the length of the page and of a provisioner', () => {
  it('is at most 40 lines for a whole provisioner', () => {
    expect(linesOf(steps.find(({ file }) => file === SMALLEST)?.text ?? '\n'.repeat(99))).toBeLessThanOrEqual(
      40,
    );
  });

  it('is at most 120 lines for the contract', async () => {
    expect(linesOf(await source('provisioner.ts'))).toBeLessThanOrEqual(120);
  });
});

/** The commands require a network; test/packages runs them unchanged. */
describe('the files of the page', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await emptyFolder();
    await install(folder, (await packed()).drawbridge);
    await drawbridge('plugin', 'new', 'acme-namespace');
    for (const { file, text } of steps.filter(({ file }) => file !== null)) {
      await mkdir(dirname(join(folder, file ?? '')), { recursive: true });
      await writeFile(join(folder, file ?? ''), text);
    }
    await link(join(folder, 'acme-namespace'), ['zod', 'typescript', '@types/node']);
    await link(folder, ['zod']);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const drawbridge = (...args: string[]) =>
    runNode(folder, [join(folder, 'node_modules/drawbridge/dist/cli/main.js'), ...args], { ACME_TOKEN: 'x' });

  it('pass the conformance kit', async () => {
    const { code, output } = await runNode(join(folder, 'acme-namespace'), ['--test', 'test/**/*.test.js']);
    expect(output).toMatch(/✔ gets ready when the handle of any pending answer is lost/);
    expect(output).toMatch(/^ℹ fail 0$/m);
    expect(code).toBe(0);
  });

  it('have correct types', async () => {
    const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
    expect(await runNode(join(folder, 'acme-namespace'), [tsc])).toEqual({ code: 0, output: '' });
  });

  it('are loaded with the actions.yaml of the page', async () => {
    await symlink(join(folder, 'acme-namespace'), join(folder, 'node_modules/acme-namespace'));
    expect(await drawbridge('plugin', 'check', 'acme-namespace')).toEqual({
      code: 0,
      output:
        'acme-namespace: api version 1; verbs provision, deprovision\n' +
        'actions.namespace: the configuration is valid; the plugin has no check\n',
    });
  });
});
