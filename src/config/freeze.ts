/**
 * Freezes `value` and everything inside: objects, arrays, maps and sets. Typed arrays cannot be frozen and
 * are skipped.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (ArrayBuffer.isView(value)) return value;
  if (value instanceof Map || value instanceof Set) lock(value);
  Object.freeze(value);
  const held = value instanceof Map || value instanceof Set ? value.values() : Object.values(value);
  for (const child of held) deepFreeze(child);
  return value;
}

/** Shadows the mutating methods, because `Object.freeze` does not protect the entries of a Map or a Set. */
function lock(collection: Map<unknown, unknown> | Set<unknown>): void {
  const refuse = (): never => {
    throw new TypeError('config: the configuration is frozen');
  };
  for (const method of ['set', 'add', 'delete', 'clear']) {
    Object.defineProperty(collection, method, { value: refuse });
  }
}
