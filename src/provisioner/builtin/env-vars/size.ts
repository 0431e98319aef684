import { SECRET_BYTES } from '../../limits.js';

/** https://vercel.com/docs/environment-variables */
export const LIMIT_TEXT = `Vercel takes ${SECRET_BYTES} (64 KB) for all variables of a deployment`;

/** Bytes of UTF-8 in names and values. */
export function sizeOf(variables: Readonly<Record<string, string>>): number {
  return Object.entries(variables).reduce(
    (total, [name, value]) => total + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
}
