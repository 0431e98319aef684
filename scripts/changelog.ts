/**
 * Prints the section of one version in CHANGELOG.md, without its heading, as the notes of a release.
 *
 *   node scripts/changelog.ts VERSION
 *
 * VERSION is as in the heading: `0.2.0`, or `Unreleased`. Exits with 1 if the section is missing or empty.
 */
import { readFile } from 'node:fs/promises';

const [version] = process.argv.slice(2);
if (version === undefined)
  throw new Error('changelog: no version given; usage: node scripts/changelog.ts VERSION');

const text = await readFile(new URL('../CHANGELOG.md', import.meta.url), 'utf8');
const parts = text.split(/^## /m).slice(1);
const part = parts.find((one) => one.startsWith(`[${version}]`));
const body = part?.slice(part.indexOf('\n')).trim() ?? '';
if (body === '') {
  console.error(`changelog: CHANGELOG.md has no entries for ${version}`);
  process.exitCode = 1;
} else {
  console.log(body);
}
