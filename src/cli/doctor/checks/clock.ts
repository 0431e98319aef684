import { failed, ok, warning, type Check } from '../check.js';

/** How far another clock is ahead of ours, and how well that is known. */
export interface Skew {
  readonly aheadMs: number;
  readonly precisionMs: number;
}

/** Deadlines are counted from Vercel's time by the database's: ten seconds are all that is left at the end of one. */
const WARNING_MS = 2_000;
const FAILED_MS = 10_000;

export function clockOf(name: string, whose: string, { aheadMs, precisionMs }: Skew): Check {
  const sureMs = Math.max(Math.abs(aheadMs) - precisionMs, 0);
  if (sureMs < WARNING_MS) return ok({ name }, `the clock of ${whose} and this machine's agree`);
  const seconds = Math.round(Math.abs(aheadMs) / 1_000);
  const message = `the clock of ${whose} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`;
  const advice = 'let both machines take their time from NTP: deadlines would be missed or passed over';
  return sureMs < FAILED_MS ? warning({ name }, message, advice) : failed({ name }, message, advice);
}
