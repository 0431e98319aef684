/**
 * What a plugin threw, in words. Anything can be thrown: null, a text, an object whose getters throw, an
 * error with a megabyte of message. None of it may get in the way of whoever has to tell about it.
 */

const LONGEST_TEXT = 2_000;

export function errorText(thrown: unknown): string {
  try {
    return sanitize(read(thrown));
  } catch {
    return 'threw something that cannot be read'; // its getters or traps throw: there are no words in it
  }
}

/**
 * Text that Postgres takes and people can read; a plugin may pass on whatever its backend said, and Vercel
 * shows it to whoever deploys. Passwords in addresses and connection strings are left out, and so is
 * whatever of `secrets` stands in it.
 */
export function sanitize(text: string, secrets: readonly string[] = []): string {
  // Cut afterwards: half a password is not recognized any more.
  return withoutPasswords(without(secrets, text).slice(0, 2 * LONGEST_TEXT))
    .slice(0, LONGEST_TEXT)
    .replaceAll('\0', '\uFFFD')
    .toWellFormed();
}

const HIDDEN = '***';
/** Shorter ones, such as a port or `true`, stand in many a text by chance. */
const SHORTEST_SECRET = 8;

/** The longest first: one may begin with another. */
function without(secrets: readonly string[], text: string): string {
  const hidden = secrets.filter(({ length }) => length >= SHORTEST_SECRET);
  return hidden
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
}

/**
 * Of an address: up to the last @ of a word, for a password may hold one. What is a host's port before a
 * path is none.
 */
const IN_ADDRESS = /(:\/\/(?!(?:localhost|[\w-]+(?:\.[\w-]+)+):\d{1,5}[/?#])[^\s:/@"'<>]*):[^\s"'<>]*@/g;
/** `PGPASSWORD=x`, `password = 'x'`, `"password": "x"`. */
const BY_NAME =
  /(password|passwd|pwd)(\s*=\s*|["']\s*:\s*)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s;&"')]+)/gi;

function withoutPasswords(text: string): string {
  return text.replaceAll(IN_ADDRESS, `$1:${HIDDEN}@`).replaceAll(BY_NAME, `$1$2${HIDDEN}`);
}

function read(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown === '' ? 'threw an empty text' : thrown;
  if (typeof thrown !== 'object' || thrown === null) return `threw ${String(thrown)}, which is no error`;
  const { message, code } = thrown as { message?: unknown; code?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  if (typeof code === 'string' && code !== '') return code; // an AggregateError of Node's has nothing else
  return thrown instanceof Error ? 'threw an error without a message' : 'threw an object that is no error';
}
