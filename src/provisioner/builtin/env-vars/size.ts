import { SECRET_BYTES } from '../../limits.js';

/**
 * Vercel's limit for names and values of all variables together:
 * https://vercel.com/docs/environment-variables
 */
export const LIMIT_TEXT = `Vercel accepts ${SECRET_BYTES} bytes (64 KB) for all variables of a deployment`;

/** Returns the UTF-8 bytes of names and values. */
export function sizeOf(variables: Readonly<Record<string, string>>): number {
  return Object.entries(variables).reduce(
    (total, [name, value]) => total + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
}
