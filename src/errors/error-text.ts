const LONGEST_TEXT = 2_000;

/**
 * The text of a thrown value, sanitized. Never throws: a plugin may throw null, a text, an object whose
 * getters throw, or an error with a message of a megabyte.
 */
export function errorText(thrown: unknown): string {
  try {
    return sanitize(read(thrown));
  } catch {
    return 'threw something that cannot be read'; // its getters or traps throw
  }
}

/**
 * Makes a text of a plugin or its backend safe to store and show: at most 2,000 characters, valid for
 * PostgreSQL, without passwords in addresses and connection strings, and without the values of `secrets`.
 * Vercel shows such texts to the person who deploys.
 */
export function sanitize(text: string, secrets: readonly string[] = []): string {
  // Shorten after the replacement: half a password would not be recognized.
  return withoutPasswords(without(secrets, text).slice(0, 2 * LONGEST_TEXT))
    .slice(0, LONGEST_TEXT)
    .replaceAll('\0', '\uFFFD')
    .toWellFormed();
}

const HIDDEN = '***';
/** Shorter values, such as a port or `true`, occur in many texts by chance. */
const SHORTEST_SECRET = 8;

/** Replaces the longest values first, because one value may begin with another. */
function without(secrets: readonly string[], text: string): string {
  const hidden = secrets.filter(({ length }) => length >= SHORTEST_SECRET);
  return hidden
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
}

/**
 * A password in an address. It extends to the last @ of the text without blanks, because a password may
 * contain an @. A host's port before a path is not a password.
 */
const IN_ADDRESS = /(:\/\/(?!(?:localhost|[\w-]+(?:\.[\w-]+)+):\d{1,5}[/?#])[^\s:/@"'<>]*):[^\s"'<>]*@/g;
/** A password by name: `PGPASSWORD=x`, `password = 'x'`, `"password": "x"`. */
const BY_NAME =
  /(password|passwd|pwd)(\s*=\s*|["']\s*:\s*)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s;&"')]+)/gi;

function withoutPasswords(text: string): string {
  return text.replaceAll(IN_ADDRESS, `$1:${HIDDEN}@`).replaceAll(BY_NAME, `$1$2${HIDDEN}`);
}

function read(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown === '' ? 'threw an empty text' : thrown;
  if (typeof thrown !== 'object' || thrown === null) return `threw ${String(thrown)}, which is not an error`;
  const { message, code } = thrown as { message?: unknown; code?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  if (typeof code === 'string' && code !== '') return code; // an AggregateError of Node's has nothing else
  return thrown instanceof Error
    ? 'threw an error without a message'
    : 'threw an object that is not an error';
}
