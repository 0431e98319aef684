import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const REPOSITORY = resolve(import.meta.dirname, '../../..');
const LONG = 'x'.repeat(120);

/** A tree with violations of each rule beside correct files. */
const FILES: Record<string, string> = {
  'src/one/a.ts': "import type { B } from '../two/b.js';\nexport interface Twice {\n  b: B;\n}\n",
  'src/two/b.ts': "export type B = Awaited<typeof import('../three/c.js')>;\nexport class Twice {}\n",
  'src/three/c.ts': "export { Twice } from '../one/a.js';\n",
  'src/three/d.ts': "import { B } from '../two/b.js';\nexport const d: B | null = null;\n",
  'src/worker/left/a.ts': "import '../right/b.js';\nexport {};\n",
  'src/worker/right/b.ts': "import '../left/a.js';\nexport {};\n",
  'src/worker/right/c.ts': "import '../other/d.js';\nexport {};\n",
  'src/worker/other/d.ts': "import '../e.js';\nexport {};\n",
  'src/worker/e.ts': "import './right/c.js';\nexport {};\n",
  'src/four/a.spec.ts': "import '../one/a.js';\n",
  'src/four/let.go.ts': `// ${LONG}\n/* https://${LONG} */\nconst text = '${LONG}';\nconst sum = ${'1 + '.repeat(40)}1;\n`,
  'src/four/names.ts':
    'export const takeAway = 1, TAKEN_AWAY = 2, outtakeAways = 3;\nexport function isToldSo(): void {}\nexport class Background {}\n',
  'src/four/meaning.ts': 'export type StepOutcome = 1;\nexport const settledAs = 1;\n',
  'src/action/action-outcome.repository.ts': 'export type ActionOutcome = 1;\n',
  'src/four/long.ts': `export class Long {\n  method(): void {\n${'    f();\n'.repeat(39)}  }\n}\nfunction short(): void {\n${'  f();\n'.repeat(38)}}\n`,
  'src/four/role.slow.spec.ts': '',
  'src/four/slow.slow.ts': '',
  'tools/sentences.tsx': [
    '/** Mends what is in',
    ' * hand of `nobody`. */',
    "const pump = { [`a pump at ${'pump'}`]: 'Whoever', b: `upkeep \\`pump\\` ends` }; // no errands",
    'const link = <p>a spending pumpkin mended by {pump}</p>;',
    '',
  ].join('\n'),
  'docs/page.md': 'A pump.\n\n```\na pump\n```\n\nThe user `nobody` or nobody.\n',
  ...Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`web/full/f${n}.tsx`, ''])),
  ...Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`web/enough/f${n}.tsx`, ''])),
  'web/enough/f.spec.tsx': '',
};

let root = '';
let lines: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'house-'));
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const { stdout } = await run(process.execPath, ['scripts/house.ts', '--root', root], { cwd: REPOSITORY });
  lines = stdout.split('\n');
});
afterAll(() => rm(root, { recursive: true }));

/** Returns the violations listed under this measure. */
function offenders(name: string): string[] {
  const rest = lines.slice(lines.indexOf(`${name}:`) + 1);
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('  ')),
    )
    .map((line) => line.trim());
}

describe('the measures of the house', () => {
  it.each([
    [
      'folders of src in a cycle of imports',
      ['src/one', 'src/three', 'src/two', 'src/worker/left', 'src/worker/right'],
    ],
    ['functions of src over 40 lines', ['src/four/long.ts:2 method: 41 lines']],
    ['folders with more than 15 files', ['web/full: 16 files']],
    ['exported type names that two files declare', ['Twice: src/one/a.ts, src/two/b.ts']],
    ['files with a dot that precedes no role', ['src/four/let.go.ts', 'src/four/slow.slow.ts']],
    ['lines over 110 columns', ['src/four/let.go.ts:1: 123 columns', 'src/four/let.go.ts:4: 174 columns']],
    [
      'exported names with a banned word',
      [
        'src/four/names.ts: TAKEN_AWAY ("taken away")',
        'src/four/names.ts: isToldSo ("told")',
        'src/four/names.ts: takeAway ("take away")',
      ],
    ],
    [
      'banned words in sentences',
      [
        'docs/page.md:1 "pump"',
        'docs/page.md:7 "nobody"',
        'tools/sentences.tsx:1 "Mends"',
        'tools/sentences.tsx:1 "in hand"',
        'tools/sentences.tsx:3 "errands"',
        'tools/sentences.tsx:3 "pump"',
        'tools/sentences.tsx:3 "upkeep"',
        'tools/sentences.tsx:4 "mended"',
      ],
    ],
    [
      'exported names with a word of another meaning',
      ['src/four/meaning.ts: StepOutcome ("outcome")', 'src/four/meaning.ts: settledAs ("settled")'],
    ],
  ])('find %s', (name, found) => {
    expect(offenders(name)).toEqual(found);
  });

  it('count the lines of files', () => {
    const value = (name: string) => lines.find((line) => line.startsWith(name))?.split(/\s{2,}/)[1];
    expect(value('lines of a file of src, median')).toBe('2');
    expect(value('lines of a file of src, 90th percentile')).toBe('4');
  });

  it('list places in the glossary that do not exist', () => {
    const missing = offenders('places in the glossary that do not exist');
    expect(missing).toContain('src/state-machine/action-state.ts');
    expect(missing).toContain('action.attempt');
    expect(missing).not.toContain('src/action/');
  });

  it('fail the check with a remedy', async () => {
    const failure = run(process.execPath, ['scripts/house.ts', '--check', '--root', root], {
      cwd: REPOSITORY,
    });
    await expect(failure).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'house: files with a dot that precedes no role: 2, at most 0. Separate words by hyphens',
      ),
    });
  });
});

describe('a commit subject', () => {
  const check = async (message: string): Promise<string> => {
    await writeFile(join(root, 'message'), message);
    return run(process.execPath, ['scripts/commit-subject.ts', join(root, 'message')], {
      cwd: REPOSITORY,
    }).then(
      () => 'ok',
      ({ code, stderr }: { code: number; stderr: string }) => `${code} ${stderr}`,
    );
  };

  it.each([
    'Fix busy loop while deprovisioning\n\nA long line of the body may have more than 72 characters and a period.\n',
    '# a comment of the editor\nPass the signal on\n',
    'Need no lock for reads\n',
    `Merge branch 'a' of a very long name that git has written and that exceeds the limit\n`,
    `${'Add'.padEnd(72, ' x')}\n`,
  ])('is accepted: %j', async (message) => {
    expect(await check(message)).toBe('ok');
  });

  it.each([
    [`${'Add'.padEnd(73, ' x')}\n`, 'it has 73 characters; the limit is 72'],
    ['Add a period.\n', 'it ends with a period'],
    ['Adds a file\n', '"Adds" is not an imperative'],
    ['Added a file\n', '"Added" is not an imperative'],
    ['Adding: a file\n', '"Adding" is not an imperative'],
    ['The file\n', '"The" is not an imperative'],
    ['add a file\n', 'it does not begin with a capital letter'],
    ['# nothing\n\n', 'it is empty'],
  ])('is rejected: %j', async (message, problem) => {
    expect(await check(message)).toMatch(/^1 commit-subject: /);
    expect(await check(message)).toContain(problem);
  });
});
