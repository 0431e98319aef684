import { describe, expect, it } from 'vitest';
import { rateLimitOf } from './rate-limit.js';

const headers = (limit: string, remaining: string, reset: string) => ({
  'x-ratelimit-limit': limit,
  'x-ratelimit-remaining': remaining,
  'x-ratelimit-reset': reset,
});

describe('the rate limit of an answer', () => {
  it('is read in epoch seconds, and in milliseconds when seconds are impossible', () => {
    const limit = { limit: 120, remaining: 7, resetAt: 1_760_000_000_000 };
    expect(rateLimitOf(headers('120', '7', '1760000000'))).toEqual(limit);
    expect(rateLimitOf(headers('120', '7', '1760000000000'))).toEqual(limit);
  });

  it.each([
    ['nothing', {}],
    ['only a part', { 'x-ratelimit-limit': '120' }],
    ['no number', headers('many', '7', '1760000000')],
    ['a negative number', headers('120', '-1', '1760000000')],
    ['no limit', headers('0', '0', '1760000000')],
    ['no time', headers('120', '7', '60')],
  ])('is null when the answer has %s', (_, sent) => {
    expect(rateLimitOf(sent)).toBeNull();
  });
});
