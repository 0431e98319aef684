import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore from '@balena/dockerignore';
import { filesBelow } from './walk.ts';

/** Large folders that are never part of a build context. */
const NOT_ENTERED = new Set(['.git', 'node_modules', '.build', '.drawbridge', 'dist']);

/** The files below `folder` that an image build gets: all except those in `.dockerignore`, sorted. */
export async function contextOf(folder: string): Promise<string[]> {
  const rules = ignore.default().add(await readFile(join(folder, '.dockerignore'), 'utf8'));
  const files = await filesBelow(folder, (path) => NOT_ENTERED.has(path));
  return files.filter((path) => !rules.ignores(path));
}
