import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const ask = (headers: Record<string, string>, body?: unknown, status = 429) =>
  retryAfterMs({ status, headers, body }, NOW);

describe('retryAfterMs', () => {
  it('reads seconds, also fractions', () => {
    expect(ask({ 'retry-after': '2' })).toBe(2000);
    expect(ask({ 'retry-after': '0' })).toBe(0);
    expect(ask({ 'retry-after': '0.25' })).toBe(250);
  });

  it('reads an HTTP date; one in the past means now', () => {
    expect(ask({ 'retry-after': 'Sun, 01 Mar 2026 12:00:30 GMT' })).toBe(30_000);
    expect(ask({ 'retry-after': 'Sun, 01 Mar 2026 11:00:00 GMT' })).toBe(0);
  });

  it('prefers retry-after-ms, which is more precise', () => {
    expect(ask({ 'retry-after-ms': '150', 'retry-after': '1' })).toBe(150);
    expect(ask({ 'retry-after-ms': 'soon', 'retry-after': '1' })).toBe(1000);
  });

  it.each(['-5', 'soon', '', 'NaN', 'Infinity', '1e3', '1.5.2', 'Sun, 99 Foo 2026'])(
    'takes %j for nothing said',
    (value) => {
      expect(ask({ 'retry-after': value })).toBeNull();
      expect(ask({ 'retry-after-ms': value })).toBeNull();
    },
  );

  it('reads the end of the rate limit, in epoch seconds, on 429 only', () => {
    const headers = { 'x-ratelimit-reset': String(NOW / 1000 + 7) };
    expect(ask(headers)).toBe(7000);
    expect(ask(headers, undefined, 503)).toBeNull();
    expect(ask({ 'x-ratelimit-reset': '12' })).toBeNull();
  });

  it('reads both forms of the body', () => {
    expect(ask({}, { error: { code: 'rate_limited', limit: { reset: NOW / 1000 + 4 } } })).toBe(4000);
    expect(ask({}, { err: { limit: { reset: NOW / 1000 + 4 } } })).toBe(4000);
    expect(ask({}, { code: 'too_many_requests', retryAfter: { value: 3, str: '3s' } })).toBe(3000);
    expect(ask({}, { limit: { reset: NOW + 5000 } })).toBe(5000);
    expect(ask({}, { retryAfter: { value: -3 }, limit: 'none' })).toBeNull();
  });

  it.each([null, undefined, 'text', 7, []])('finds nothing in the body %j', (body) => {
    expect(ask({}, body)).toBeNull();
  });

  it('lets Retry-After count on 503 as well', () => {
    expect(ask({ 'retry-after': '2' }, undefined, 503)).toBe(2000);
  });
});
