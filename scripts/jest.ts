/**
 * Builds dist and runs its conformance kit under jest: the reference must pass, a broken plugin must fail.
 * Installs jest only for this run, because jest is too large as a dependency; used by .ci/run.
 *
 *   node scripts/jest.ts
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

const JEST = 'jest@30.5.2';
const ROOT = resolve(import.meta.dirname, '..');
const RUNNERS = join(ROOT, 'test/conformance/runners');
const CONFIG = JSON.stringify({ rootDir: RUNNERS, testMatch: ['**/kit.mjs'], transform: {} });

/** A folder outside the repository, so that npm does not find our packages. */
const cwd = mkdtempSync(join(tmpdir(), 'drawbridge-jest-'));

function underJest(plugin: string): { passed: boolean; output: string } {
  const env = {
    ...process.env,
    // With the running Node, because npm could find an older one.
    PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
    NODE_OPTIONS: '--experimental-vm-modules',
    KIT_BUILT: join(ROOT, 'dist'),
    KIT_PLUGIN: plugin,
  };
  const args = ['exec', '--yes', `--package=${JEST}`, '--', 'jest', '--config', CONFIG];
  const { status, stdout, stderr, error } = spawnSync('npm', args, { cwd, env, encoding: 'utf8' });
  if (error) throw error;
  return { passed: status === 0, output: `${stdout}${stderr}` };
}

try {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  const good = underJest('memory');
  console.log(good.output);
  const broken = underJest('forgetful');
  const noticed = !broken.passed && broken.output.includes('Make passwords with derive');
  if (!noticed) console.log(broken.output);
  const [reference, other] = [good.passed ? 'passes' : 'FAILS', noticed ? 'noticed' : 'NOT NOTICED'];
  console.log(`jest: the reference ${reference}, a broken plugin is ${other}`);
  if (!good.passed || !noticed) process.exitCode = 1;
} finally {
  rmSync(cwd, { recursive: true, force: true });
}
