import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { tell } from '../../log/log.js';
import { signInsThrottled } from '../../metrics/http.js';
import { Problem } from '../../problem/problem.js';

/** Failures of one source before it is refused, and how long one of them counts. */
const BURST = 30;
const FORGIVEN_MS = 1_000;
/** Sources and tokens that are remembered; the oldest is forgotten first. */
const MOST = 10_000;
const LOG_EVERY_MS = 60_000;

interface Bucket {
  failures: number;
  at: number;
}

/**
 * Slows the guessing of tokens: a source whose tokens were refused too often is refused before its next one is looked at. A token that this
 * process has accepted is let through from everywhere, so that a stranger behind the same proxy locks no operator out who is at work.
 */
@Injectable()
export class FailedSignIns {
  private readonly buckets = new Map<string, Bucket>();
  private readonly accepted = new Set<string>();
  private quietUntil = 0;

  /** @throws Problem `too-many-requests` */
  check(address: string, token: string, now = Date.now()): void {
    const bucket = this.buckets.get(sourceOf(address));
    if (bucket === undefined || failuresOf(bucket, now) < BURST || this.accepted.has(digestOf(token))) return;
    signInsThrottled.inc({});
    if (now >= this.quietUntil) tell('sign-ins-throttled', { address });
    if (now >= this.quietUntil) this.quietUntil = now + LOG_EVERY_MS;
    const detail = 'too many tokens from this address were refused; try again';
    throw new Problem('too-many-requests', detail, { headers: { 'retry-after': '1' } });
  }

  succeeded(token: string): void {
    remember(this.accepted, digestOf(token), (key) => this.accepted.add(key));
  }

  failed(address: string, now = Date.now()): void {
    const source = sourceOf(address);
    const bucket = this.buckets.get(source) ?? { failures: 0, at: now };
    const next = { failures: failuresOf(bucket, now) + 1, at: now };
    remember(this.buckets, source, (key) => this.buckets.set(key, next));
  }
}

/** As the youngest. */
function remember(
  kept: { size: number; keys(): Iterator<string>; delete(key: string): boolean },
  key: string,
  put: (key: string) => void,
): void {
  kept.delete(key);
  if (kept.size >= MOST) kept.delete(kept.keys().next().value as string);
  put(key);
}

const failuresOf = ({ failures, at }: Bucket, now: number): number =>
  Math.max(0, failures - (now - at) / FORGIVEN_MS);

const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64');

/** One subscriber has a /64 of IPv6 addresses. */
function sourceOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address.replace(/^::ffff:/, '');
  const [head = '', tail = ''] = address.split('::');
  const [left, right] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, 8 - (left ?? []).length - (right ?? []).length)).fill('0');
  return [...(left ?? []), ...zeros, ...(right ?? [])].slice(0, 4).join(':');
}
