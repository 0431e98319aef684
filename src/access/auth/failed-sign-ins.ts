import { Injectable } from '@nestjs/common';
import { logEvent } from '../../log/log.js';
import { signInsThrottled } from '../../metrics/definitions/http.js';
import { Problem } from '../../http/problems/problem.js';

/** Failures of one source before it is told to slow down, and how long one of them counts. */
const BURST = 30;
const FORGIVEN_MS = 1_000;
/** Sources that are remembered; the oldest is forgotten first. */
const MOST = 10_000;
const LOG_EVERY_MS = 60_000;

interface Bucket {
  failures: number;
  at: number;
}

/**
 * Counts tokens that belong to no operator, by their source. It is asked only about a token that turned out wrong: all operators may be
 * behind one proxy, where a stranger must not be able to lock out the next one who signs in.
 */
@Injectable()
export class FailedSignIns {
  private readonly buckets = new Map<string, Bucket>();
  private quietUntil = 0;

  /**
   * @param words what is wrong with the token
   * @throws Problem `too-many-requests` when this source has presented too many
   */
  failed(address: string, words: string, now = Date.now()): void {
    const source = sourceOf(address);
    const failures = failuresOf(this.buckets.get(source), now) + 1;
    this.buckets.delete(source);
    if (this.buckets.size >= MOST) this.buckets.delete(this.buckets.keys().next().value as string);
    this.buckets.set(source, { failures: Math.min(failures, BURST + 1), at: now });
    if (failures > BURST) this.refuse(address, words, now);
  }

  private refuse(address: string, words: string, now: number): never {
    signInsThrottled.inc({});
    if (now >= this.quietUntil) {
      logEvent('sign-ins-throttled', { address });
      this.quietUntil = now + LOG_EVERY_MS;
    }
    const detail = `too many tokens from this address were refused; ${words}`;
    throw new Problem('too-many-requests', detail, { headers: { 'retry-after': '1' } });
  }
}

function failuresOf(bucket: Bucket | undefined, now: number): number {
  return bucket === undefined ? 0 : Math.max(0, bucket.failures - (now - bucket.at) / FORGIVEN_MS);
}

/** One subscriber has a /64 of IPv6 addresses. */
function sourceOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address.replace(/^::ffff:/, '');
  const [head = '', tail = ''] = address.split('::');
  const [left, right] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, 8 - (left ?? []).length - (right ?? []).length)).fill('0');
  return [...(left ?? []), ...zeros, ...(right ?? [])].slice(0, 4).join(':');
}
