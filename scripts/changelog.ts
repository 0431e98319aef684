/**
 * Prints what CHANGELOG.md says of one version, without its heading; for the notes of a release.
 *
 *   node scripts/changelog.ts VERSION
 *
 * VERSION is as in the heading: `0.2.0`, or `Unreleased`. Exits with 1 when there is no such part or nothing
 * in it.
 */
import { readFile } from 'node:fs/promises';

const [version] = process.argv.slice(2);
if (version === undefined)
  throw new Error('changelog: which version? usage: node scripts/changelog.ts VERSION');

const text = await readFile(new URL('../CHANGELOG.md', import.meta.url), 'utf8');
const parts = text.split(/^## /m).slice(1);
const part = parts.find((one) => one.startsWith(`[${version}]`));
const body = part?.slice(part.indexOf('\n')).trim() ?? '';
if (body === '') {
  console.error(`changelog: CHANGELOG.md says nothing of ${version}`);
  process.exitCode = 1;
} else {
  console.log(body);
}
