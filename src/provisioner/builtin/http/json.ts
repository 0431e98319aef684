/** Parses the JSON of an answer. No message quotes it, because it may contain secrets. */

/** `instead` describes a body that is not acceptable JSON, as in "answered with …". */
export type Parsed =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly instead: string };

/** Rejects numbers that JavaScript would round: an id in a handle would change. */
export function parseExactly(bytes: Buffer): Parsed {
  if (bytes.length === 0) return notJson('an empty body');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { ok: true, value: JSON.parse(text, rejectInexact as typeof keep) };
  } catch (error) {
    if (error instanceof InexactNumber) return notJson(error.message);
    return notJson(
      error instanceof RangeError ? 'JSON that is nested too deeply' : 'a body that is not JSON',
    );
  }
}

const notJson = (description: string): Parsed => ({ ok: false, instead: description });

class InexactNumber extends Error {
  override readonly name = 'InexactNumber';
}

const keep = (_key: string, value: unknown): unknown => value;

function rejectInexact(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value === 'number' && !isExact(value, source ?? ''))
    throw new InexactNumber('a number that is too large to be exact; send it as a string');
  return value;
}

function isExact(value: number, source: string): boolean {
  if (!Number.isFinite(value)) return false;
  return !/^-?\d+$/.test(source) || BigInt(source) === BigInt(value);
}
