/** Reduces documents to what programs read, and compares two of them. */

export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/** Keys of OpenAPI and JSON Schema whose values are for people. */
const TEXTS = new Set(['description', 'summary', 'example', 'examples', 'contact']);

/** Removes descriptions, summaries and examples. A property with such a name stays. */
export function withoutTexts(value: unknown, isNames = false): Plain {
  if (Array.isArray(value)) return value.map((one) => withoutTexts(one));
  if (typeof value !== 'object' || value === null) return value as Plain;
  const kept = Object.entries(value).filter(([key]) => isNames || !TEXTS.has(key));
  return Object.fromEntries(kept.map(([key, one]) => [key, withoutTexts(one, key === 'properties')]));
}

/** Converts a value to JSON: `undefined` disappears, a regular expression becomes its source. */
export function toPlain(value: unknown): Plain {
  const replace = (_: string, one: unknown): unknown => (one instanceof RegExp ? String(one) : one);
  return JSON.parse(JSON.stringify(value, replace) ?? 'null') as Plain;
}

/** Each leaf of a value by its path. Entries of a list are found by their name where they have one. */
export function leavesOf(value: Plain, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[path, JSON.stringify(value)]]);
  const entries = Array.isArray(value) ? namedEntries(value) : Object.entries(value);
  if (entries.length === 0) return new Map([[path, Array.isArray(value) ? '[]' : '{}']]);
  return new Map(entries.flatMap(([key, one]) => [...leavesOf(one, path === '' ? key : `${path} › ${key}`)]));
}

function namedEntries(list: readonly Plain[]): [string, Plain][] {
  const names = list.map((one, index) => nameOf(one) ?? String(index));
  const isUnique = new Set(names).size === names.length;
  return list.map((one, index) => [(isUnique ? names[index] : undefined) ?? String(index), one]);
}

/**
 * The name of an object. A text is its own name, so lists without a meaningful order compare equal.
 */
function nameOf(value: Plain): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const name = value['name'] ?? value['alert'] ?? value['record'] ?? value['id'];
  return typeof name === 'object' ? undefined : name?.toString();
}

export interface Difference {
  readonly path: string;
  /** The value as JSON; undefined where the tree has no such path. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export function differencesOf(before: Plain, after: Plain): Difference[] {
  const [old, present] = [leavesOf(before), leavesOf(after)];
  const paths = [...new Set([...old.keys(), ...present.keys()])];
  return paths
    .map((path) => ({ path, before: old.get(path), after: present.get(path) }))
    .filter((one) => one.before !== one.after);
}
