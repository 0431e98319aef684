import { Injectable } from '@nestjs/common';
import { logEvent } from '../../log/log.js';
import { signInsThrottled } from '../../metrics/definitions/http.js';
import { Problem } from '../../http/problems/problem.js';

/** Failures of one source before it is throttled. One failure is forgiven each {@link FORGIVEN_MS}. */
const BURST = 30;
const FORGIVEN_MS = 1_000;
/** Limit of remembered sources. The oldest is dropped first. */
const MOST = 10_000;
const LOG_EVERY_MS = 60_000;

interface Bucket {
  failures: number;
  at: number;
}

/**
 * Counts foreign tokens by source. Called only for invalid tokens: all operators may share one proxy, and a
 * foreign client of that proxy must not lock them out.
 */
@Injectable()
export class FailedSignIns {
  private readonly buckets = new Map<string, Bucket>();
  private quietUntil = 0;

  /**
   * @param why what is wrong with the token
   * @throws Problem `too-many-requests` if this source has sent too many
   */
  failed(address: string, why: string, now = Date.now()): void {
    const source = sourceOf(address);
    const failures = failuresOf(this.buckets.get(source), now) + 1;
    this.buckets.delete(source);
    if (this.buckets.size >= MOST) this.buckets.delete(this.buckets.keys().next().value as string);
    this.buckets.set(source, { failures: Math.min(failures, BURST + 1), at: now });
    if (failures > BURST) this.refuse(address, why, now);
  }

  private refuse(address: string, why: string, now: number): never {
    signInsThrottled.inc({});
    if (now >= this.quietUntil) {
      logEvent('sign-ins-throttled', { address });
      this.quietUntil = now + LOG_EVERY_MS;
    }
    const detail = `too many invalid tokens from this address; ${why}`;
    throw new Problem('too-many-requests', detail, { headers: { 'retry-after': '1' } });
  }
}

function failuresOf(bucket: Bucket | undefined, now: number): number {
  return bucket === undefined ? 0 : Math.max(0, bucket.failures - (now - bucket.at) / FORGIVEN_MS);
}

/** Groups IPv6 addresses by /64, the range of one subscriber. */
function sourceOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address.replace(/^::ffff:/, '');
  const [head = '', tail = ''] = address.split('::');
  const [left, right] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, 8 - (left ?? []).length - (right ?? []).length)).fill('0');
  return [...(left ?? []), ...zeros, ...(right ?? [])].slice(0, 4).join(':');
}
