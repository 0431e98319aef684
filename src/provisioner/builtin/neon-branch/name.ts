import { createHash } from 'node:crypto';
import type { ProvisionRequest } from '../../provisioner.js';
import { fill, references, valuesOf } from '../template.js';

/** Neon's limit. */
const MAX_LENGTH = 256;
/** All characters but those that Neon certainly accepts; each becomes a dash. */
const UNSAFE = /[^A-Za-z0-9._/@+=#~-]+/g;

/**
 * Returns the names to try for a key's branch. All but the first end in a hash of the key, so no other key
 * has them.
 */
export function namesFor(request: ProvisionRequest, template: string): string[] {
  const wanted = filledIn(request, template).trim() || request.key;
  const clean = wanted.replace(UNSAFE, '-');
  const hash = createHash('sha256').update(request.key).digest('hex');
  const hashed = [8, 16].map((length) => withEnding(clean, `-${hash.slice(0, length)}`));
  const changed = clean !== wanted || clean.length > MAX_LENGTH;
  return changed ? hashed : [clean, ...hashed];
}

function withEnding(name: string, ending: string): string {
  return `${name.slice(0, MAX_LENGTH - ending.length)}${ending}`;
}

/** Fills in the template. The key replaces a value that this deployment lacks and that has no default. */
function filledIn(request: ProvisionRequest, template: string): string {
  const values = valuesOf(request);
  const { found } = references(template);
  const bare = found.filter(({ fallback }) => fallback === null).map(({ path }) => path);
  return fill(template, (path) => values(path) || (bare.includes(path) ? request.key : null));
}
