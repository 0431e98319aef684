/** Milliseconds since 1970 with a fraction, which orders events of the same millisecond. */
export function now(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000) / 1000;
}
