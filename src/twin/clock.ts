/**
 * Milliseconds since 1970 with a fraction, so that what happens within one millisecond can be told apart.
 */
export function now(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000) / 1000;
}
