import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const read = (headers: Record<string, string>, body?: unknown, status = 429) =>
  retryAfterMs({ status, headers, body }, NOW);

describe('retryAfterMs', () => {
  it('reads seconds, also fractions', () => {
    expect(read({ 'retry-after': '2' })).toBe(2000);
    expect(read({ 'retry-after': '0' })).toBe(0);
    expect(read({ 'retry-after': '0.25' })).toBe(250);
  });

  it('reads an HTTP date, and a past date as 0', () => {
    expect(read({ 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' })).toBe(30_000);
    expect(read({ 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' })).toBe(0);
  });

  it('prefers retry-after-ms, which is more precise', () => {
    expect(read({ 'retry-after-ms': '150', 'retry-after': '1' })).toBe(150);
    expect(read({ 'retry-after-ms': 'soon', 'retry-after': '1' })).toBe(1000);
  });

  it.each(['-5', 'soon', '', 'NaN', 'Infinity', '1e3', '1.5.2', 'Sun, 99 Foo 2026'])(
    'ignores the value %j',
    (value) => {
      expect(read({ 'retry-after': value })).toBeNull();
      expect(read({ 'retry-after-ms': value })).toBeNull();
    },
  );

  it('reads the end of the rate limit, in epoch seconds, on 429 only', () => {
    const headers = { 'x-ratelimit-reset': String(NOW / 1000 + 7) };
    expect(read(headers)).toBe(7000);
    expect(read(headers, undefined, 503)).toBeNull();
    expect(read({ 'x-ratelimit-reset': '12' })).toBeNull();
  });

  it('reads both forms of the body', () => {
    expect(read({}, { error: { code: 'rate_limited', limit: { reset: NOW / 1000 + 4 } } })).toBe(4000);
    expect(read({}, { err: { limit: { reset: NOW / 1000 + 4 } } })).toBe(4000);
    expect(read({}, { code: 'too_many_requests', retryAfter: { value: 3, str: '3s' } })).toBe(3000);
    expect(read({}, { limit: { reset: NOW + 5000 } })).toBe(5000);
    expect(read({}, { retryAfter: { value: -3 }, limit: 'none' })).toBeNull();
  });

  it.each([null, undefined, 'text', 7, []])('finds nothing in the body %j', (body) => {
    expect(read({}, body)).toBeNull();
  });

  it('reads Retry-After on 503 as well', () => {
    expect(read({ 'retry-after': '2' }, undefined, 503)).toBe(2000);
  });
});
