/**
 * Lints the API document with two linters that API teams use. They are installed by this test, because
 * nothing else needs them.
 */
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type OperatorApp } from '../integration/api/api-app.js';
import { emptyFolder } from '../support/packed.js';

let world: OperatorApp;
let folder: string;
beforeAll(async () => {
  world = await startApp();
  folder = await emptyFolder();
  const { body } = await world.call('GET', '/api/openapi.json', { as: null });
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(body));
  await writeFile(join(folder, '.spectral.yaml'), 'extends: ["spectral:oas"]\n');
  await writeFile(join(folder, 'redocly.yaml'), 'extends: [recommended]\n');
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

const npx = (args: string[]): Promise<{ code: number; output: string }> =>
  new Promise((done) => {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_|^VITEST/i.test(name)),
    );
    execFile('npx', ['--yes', ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });

it("has no error and no warning by Redocly's recommended rules", async () => {
  const args = ['@redocly/cli@2.77.0', 'lint', 'openapi.json', '--format=json'];
  const { output } = await npx(args);
  const { totals } = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1));
  expect(totals, output).toMatchObject({ errors: 0, warnings: 0 });
}, 300_000);

it("has no error and no warning by Spectral's rules", async () => {
  const { code, output } = await npx([
    '@stoplight/spectral-cli@6.16.3',
    'lint',
    'openapi.json',
    '--fail-severity=hint',
  ]);
  expect(output).toContain('No results with a severity');
  expect(code, output).toBe(0);
}, 300_000);
