import type { WindowName } from './summary-answer.js';

/** A time window that ends now, divided into buckets with fixed boundaries. */
export interface Window {
  name: WindowName;
  from: Date;
  to: Date;
  bucketSeconds: number;
  /** Start times of the buckets, oldest first. */
  starts: Date[];
}

export const WINDOWS: Record<WindowName, { bucketSeconds: number; buckets: number; keepMs: number }> = {
  '1h': { bucketSeconds: 60, buckets: 60, keepMs: 5_000 },
  '24h': { bucketSeconds: 900, buckets: 96, keepMs: 60_000 },
};

export function windowOf(name: WindowName, to: Date): Window {
  const { bucketSeconds, buckets } = WINDOWS[name];
  const ms = bucketSeconds * 1000;
  const current = Math.floor(to.getTime() / ms) * ms;
  const starts = Array.from({ length: buckets }, (_, n) => new Date(current - (buckets - 1 - n) * ms));
  return { name, from: starts[0] ?? to, to, bucketSeconds, starts };
}
