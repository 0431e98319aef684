import { createHash, randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const POOL_BYTES = 8192;

let pool = randomBytes(POOL_BYTES);
let used = 0;

/** `prefix` and 24 random letters and digits, like Vercel's ids. Does not use the twin's seed. */
export function randomId(prefix: string): string {
  if (used + 24 > POOL_BYTES) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  const id = prefix + letters(pool.subarray(used, used + 24));
  used += 24;
  return id;
}

/** The project's id. It depends on the name only, so all twins use the same. */
export function projectIdOf(project: string): string {
  return `prj_${letters(createHash('sha256').update(project).digest().subarray(0, 24))}`;
}

export function shaOf(deploymentId: string): string {
  return createHash('sha1').update(deploymentId).digest('hex');
}

/** A host name like Vercel's: project, part of the deployment's id, team. */
export function hostOf(project: string, deploymentId: string): string {
  const name = project
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 40);
  const suffix = `${deploymentId.slice(4, 16)}${deploymentId.slice(-4)}`.toLowerCase();
  return `${name}-${suffix}-twin.vercel.app`;
}

function letters(bytes: Buffer): string {
  let result = '';
  for (const byte of bytes) result += ALPHABET[byte % 62];
  return result;
}
