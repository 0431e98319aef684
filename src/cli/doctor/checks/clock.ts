import { failed, ok, warning, type Check } from '../check.js';

/** The lead of another clock over this machine's, and the uncertainty of the measurement. */
export interface Skew {
  readonly aheadMs: number;
  readonly precisionMs: number;
}

/** Deadlines start at Vercel's time and end at the database's, with a reserve of ten seconds. */
const WARNING_MS = 2_000;
const FAILED_MS = 10_000;

export function clockOf(name: string, whose: string, { aheadMs, precisionMs }: Skew): Check {
  const certainMs = Math.max(Math.abs(aheadMs) - precisionMs, 0);
  if (certainMs < WARNING_MS) return ok({ name }, `the clocks of ${whose} and this machine agree`);
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  const direction = aheadMs > 0 ? 'ahead of' : 'behind';
  const message = `the clock of ${whose} is ${seconds} s ${direction} this machine's`;
  const advice = 'synchronize both clocks by NTP; otherwise deadlines are missed';
  return certainMs < FAILED_MS ? warning({ name }, message, advice) : failed({ name }, message, advice);
}
