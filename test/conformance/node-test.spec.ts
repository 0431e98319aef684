import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
/** A folder inside the project, so that packages resolve; not `dist`, which other tests build. */
const BUILT = join(ROOT, '.build/kit');
const run = promisify(execFile);

/** Builds only the parts for plugin authors. Other checks compare the types. */
beforeAll(async () => {
  await mkdir(BUILT, { recursive: true });
  const config = {
    extends: join(ROOT, 'tsconfig.build.json'),
    compilerOptions: {
      outDir: BUILT,
      rootDir: join(ROOT, 'src'),
      noCheck: true,
      declaration: false,
      sourceMap: false,
    },
    include: ['testing/*.ts', 'builtin/memory.ts'].map((file) => join(ROOT, 'src/provisioner', file)),
  };
  await writeFile(join(BUILT, 'tsconfig.json'), JSON.stringify(config));
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', BUILT]);
});

/** Runs the built kit under node:test for a plugin. */
async function underNode(plugin: string): Promise<{ code: number; output: string }> {
  const file = join(import.meta.dirname, 'runners/kit.mjs');
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, KIT_BUILT: BUILT, KIT_PLUGIN: plugin };
  return run(process.execPath, ['--test', '--test-reporter=tap', file], { env }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, output: stdout }),
  );
}

describe('the built kit under node:test', () => {
  it('passes for the reference', async () => {
    const { code, output } = await underNode('memory');
    expect(output).toMatch(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(output)?.[1])).toBeGreaterThan(20);
    expect(code).toBe(0);
  });

  it('fails for a plugin with new secrets in each call, and gives the reason', async () => {
    const { code, output } = await underNode('forgetful');
    expect(code).toBe(1);
    expect(output).toContain('Make passwords with derive');
  });
});
