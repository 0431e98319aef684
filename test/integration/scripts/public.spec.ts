import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const REPOSITORY = resolve(import.meta.dirname, '../../..');

/** Evaluates an expression in which the exports of a module of scripts/public are in scope. */
async function evaluate(module: string, expression: string): Promise<unknown> {
  const code = `import * as it from './scripts/public/${module}.ts'; console.log(JSON.stringify(${expression}));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: REPOSITORY });
  return JSON.parse(stdout) as unknown;
}

const differences = (before: unknown, after: unknown): Promise<unknown> =>
  evaluate(
    'plain',
    `it.differencesOf(...${JSON.stringify([before, after])}.map((one) => it.withoutTexts(one)))`,
  );

describe('the comparison of two documents', () => {
  it('ignores texts and the order of names, and counts a property that is named like a text', async () => {
    const before = { info: { description: 'old' }, required: ['a', 'b'], properties: { description: 1 } };
    const after = { info: { description: 'new' }, required: ['b', 'a'], properties: { description: 2 } };
    expect(await differences(before, after)).toEqual([
      { path: 'properties › description', before: '1', after: '2' },
    ]);
  });

  it('finds what was added, removed and emptied', async () => {
    const before = { kept: [{ name: 'x', type: 'a' }], gone: null, emptied: [1] };
    const after = {
      kept: [
        { name: 'y', type: 'a' },
        { name: 'x', type: 'b' },
      ],
      emptied: [],
    };
    expect(await differences(before, after)).toEqual([
      { path: 'kept › x › type', before: '"a"', after: '"b"' },
      { path: 'gone', before: 'null' },
      { path: 'emptied › 0', before: '1' },
      { path: 'kept › y › name', after: '"y"' },
      { path: 'kept › y › type', after: '"a"' },
      { path: 'emptied', after: '[]' },
    ]);
  });
});

describe('the report', () => {
  it('excuses an intended difference alone', async () => {
    const [before, after] = [
      { package: { manifest: { files: ['!dist/demo'] } }, problems: { conflict: 409 } },
      { package: { manifest: { files: ['config'] } }, problems: { conflict: 409 } },
    ];
    const report = (present: unknown) =>
      evaluate('report', `it.report(...${JSON.stringify([before, present])})`) as Promise<{
        text: string;
        isUnchanged: boolean;
      }>;
    expect((await report(after)).isUnchanged).toBe(false); // `config` is new
    const intended = await report({ ...before, package: { manifest: { files: [] } } });
    expect(intended.text).toMatch(/!dist\/demo \(intended: /);
    const changed = await report({ ...before, problems: { conflict: 400 } });
    expect(changed).toMatchObject({
      isUnchanged: false,
      text: expect.stringMatching(
        /problems: conflict\n  before 409\n  after  400\n[^]*\| problems \| 1 \| 1 \| 1 \|/,
      ),
    });
  });
});

describe('the declarations of a package', () => {
  let root: string;
  beforeAll(async () => (root = await mkdtemp(join(tmpdir(), 'public-'))));
  afterAll(() => rm(root, { recursive: true }));

  /** A tree whose export `./x` is this declaration file, beside an inner one. */
  async function tree(name: string, declarations: string, inner: string): Promise<unknown> {
    const folder = join(root, name);
    await mkdir(join(folder, 'dist'), { recursive: true });
    const manifest = { name: 'x', type: 'module', exports: { './x': { types: './dist/x.d.ts' } } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'dist/x.d.ts'), declarations);
    await writeFile(join(folder, 'dist/inner.d.ts'), inner);
    return evaluate('types', `it.packageOf(${JSON.stringify(folder)}).declarations`);
  }

  it('are the same with other comments and with another name of an inner type', async () => {
    const before = await tree(
      'a',
      "import type { Shape } from './inner.js';\nexport declare const x: () => Shape;\n",
      'export interface Shape { a: 1 }\n',
    );
    const after = await tree(
      'b',
      "import type { Form } from './inner.js';\n/** More. */\nexport declare const x: () => Form;\n",
      '/** New. */\nexport interface Form { a: 1 }\n',
    );
    expect(after).toEqual(before);
    expect(before).toEqual({ './x': { x: 'x: () => Inner0', Inner0: 'export interface Inner0 { a: 1; }' } });
  });

  it('differ with a field of an inner type and with the name of an export', async () => {
    const source = "import type { Shape } from './inner.js';\nexport declare const x: () => Shape;\n";
    const before = await tree('c', source, 'export interface Shape { a: 1 }\n');
    const field = await tree('d', source, 'export interface Shape { a?: 1 }\n');
    const name = await tree('e', source.replace('const x', 'const y'), 'export interface Shape { a: 1 }\n');
    expect(field).not.toEqual(before);
    expect(name).not.toEqual(before);
  });
});
