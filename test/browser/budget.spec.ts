import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const BUILT = join(import.meta.dirname, '../../dist/web');
const BUDGET = 200 * 1024;

it('all JavaScript of the console is at most 200 KB when compressed', async () => {
  const names = (await readdir(BUILT, { recursive: true })).filter((name) => name.endsWith('.js'));
  const sizes = await Promise.all(
    names.map(async (name) => gzipSync(await readFile(join(BUILT, name))).length),
  );
  expect(names.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(BUDGET);
});

it("the console's page refers to no other host", async () => {
  const page = await readFile(join(BUILT, 'index.html'), 'utf8');
  expect(page).not.toMatch(/https?:\/\//);
  expect(page).not.toMatch(/<style|style=|<script(?![^>]*src=)/);
});
