import { describe, expect, it } from 'vitest';
import {
  NO_STATUS,
  rateLimitLimit,
  rateLimitRemaining,
  vercelCalls,
  vercelDuration,
} from './definitions/vercel.js';
import { countCall, readVercel, type CountedCall } from './vercel-calls.js';

const call = (over: Partial<CountedCall> = {}): CountedCall => ({
  operation: 'updateAction',
  status: null,
  code: null,
  durationMs: 20,
  rateLimit: null,
  ...over,
});
const statuses = async (): Promise<Record<string, number>> => {
  const { values } = await vercelCalls.get();
  return Object.fromEntries(
    values.filter(({ value }) => value > 0).map(({ labels, value }) => [labels.status, value]),
  );
};
const valueOf = async (gauge: typeof rateLimitLimit): Promise<number | undefined> =>
  (await gauge.get()).values[0]?.value;
const budget = async (now: number): Promise<(number | undefined)[]> => {
  readVercel('closed', now);
  return [await valueOf(rateLimitRemaining), await valueOf(rateLimitLimit)];
};

describe('calls to Vercel', () => {
  it('are counted by status, or by the kind of failure', async () => {
    countCall(call({ status: 202 }));
    const codes = [
      'timeout',
      'ECONNRESET',
      'UND_ERR_SOCKET',
      'ECONNREFUSED',
      'aborted',
      'circuit-open',
      'overloaded',
    ];
    for (const code of codes) countCall(call({ code }));
    expect(await statuses()).toEqual({
      202: 1,
      timeout: 1,
      reset: 2,
      error: 1,
      aborted: 1,
      'circuit-open': 1,
      overloaded: 1,
    });
    const counts = (await vercelDuration.get()).values.filter(({ metricName }) =>
      metricName?.endsWith('_count'),
    );
    // Two calls were not sent.
    expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(codes.length + 1 - 2);
  });

  it('start at 0 for the series of alerts, so that the first failure is an increase', async () => {
    const { values } = await vercelCalls.get();
    const known = values.flatMap(({ labels }) =>
      labels.operation === 'update-action' ? [labels.status] : [],
    );
    expect(known).toEqual(expect.arrayContaining(['401', '403', '503', ...NO_STATUS]));
  });

  it('report the tightest limit until its window ends', async () => {
    expect(await budget(0)).toEqual([undefined, undefined]);
    const countAnswer = (remaining: number, resetAt: number, limit = 120) =>
      countCall(call({ status: 202, rateLimit: { limit, remaining, resetAt } }));
    countAnswer(90, 1_000);
    countAnswer(95, 1_000); // An older answer arrives late.
    expect(await budget(0)).toEqual([90, 120]);
    countCall(call({ operation: 'getDeployment', rateLimit: { limit: 500, remaining: 30, resetAt: 2_000 } }));
    expect(await budget(0)).toEqual([30, 500]);
    expect(await budget(2_000)).toEqual([120, 120]);
    countAnswer(119, 3_000);
    expect(await budget(2_500)).toEqual([119, 120]);
    const countLater = (remaining: number, resetAt: number, now: number) =>
      countCall(call({ status: 202, rateLimit: { limit: 120, remaining, resetAt } }), now);
    countLater(7, 4_000, 2_600); // the window of one customer
    countLater(110, 4_500, 2_700); // the window of another customer
    expect(await budget(2_800)).toEqual([7, 120]);
    countLater(109, 4_500, 4_100);
    expect(await budget(4_200)).toEqual([109, 120]);
  });
});
