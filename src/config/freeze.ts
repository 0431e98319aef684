/** Freezes `value` and all that it holds: objects, arrays, maps and sets. Bytes cannot be frozen and stay as they are. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (ArrayBuffer.isView(value)) return value;
  if (value instanceof Map || value instanceof Set) lock(value);
  Object.freeze(value);
  const held = value instanceof Map || value instanceof Set ? value.values() : Object.values(value);
  for (const child of held) deepFreeze(child);
  return value;
}

/** `Object.freeze` does not reach what a Map or a Set holds inside: its changing methods are shadowed instead. */
function lock(collection: Map<unknown, unknown> | Set<unknown>): void {
  const refuse = (): never => {
    throw new TypeError('config: it is frozen');
  };
  for (const method of ['set', 'add', 'delete', 'clear']) {
    Object.defineProperty(collection, method, { value: refuse });
  }
}
