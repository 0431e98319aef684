import { z } from 'zod';
import { STATES, type State } from '../../state-machine/action-state.js';
import { COUNTED_UP_TO } from '../../metrics/definitions/actions.js';
import { COUNT, named, TEXT, TIME, UUID_TEXT } from '../../http/openapi/answers.js';

const MS = z.number().nullable().describe('milliseconds; null without a measurement');
const quantiles = { p50Ms: MS, p95Ms: MS, p99Ms: MS };
export const quantilesSchema = z.object(quantiles);

const countsByState = Object.fromEntries(STATES.map((state) => [state, COUNT])) as Record<
  State,
  typeof COUNT
>;

const flow = {
  started: COUNT,
  succeeded: COUNT.describe('Vercel accepted `succeeded`'),
  failed: COUNT,
  canceled: COUNT,
};
const calls = {
  calls: COUNT,
  failed: COUNT.describe('no answer, 429, or 5xx'),
};

/** Current numbers, and numbers of a time window that ends now. */
export const summarySchema = named(
  'Summary',
  z.object({
    at: TIME.describe('when the summary was read; it may be some seconds old'),
    window: z.object({ name: z.enum(['1h', '24h']), from: TIME, to: TIME, bucketSeconds: COUNT }),
    states: z
      .object(countsByState)
      .describe(`number of actions in each state; ${COUNTED_UP_TO} means that many or more`),
    countedUpTo: COUNT,
    oldest: z
      .array(z.object({ state: z.enum(STATES), actionId: UUID_TEXT, createdAt: TIME, seconds: COUNT }))
      .describe('the oldest action of each state in which a worker acts'),
    flow: z.object(flow),
    unblock: z
      .object({ count: COUNT, ...quantiles })
      .describe('time from the webhook until Vercel accepted `succeeded`, without retried actions'),
    buckets: z.array(z.object({ from: TIME, ...flow, ...quantiles })).describe('oldest first, without gaps'),
    provisioners: z
      .array(
        z.object({
          action: TEXT.describe('the action’s slug'),
          succeeded: COUNT,
          failed: COUNT,
          reasons: z.record(z.string(), COUNT).describe('failures by reason'),
          last: z
            .object({ actionId: UUID_TEXT, at: TIME, statusText: TEXT.nullable() })
            .describe('the last failure'),
        }),
      )
      .describe('slugs with failures in the window, most failures first'),
    vercel: z.object({
      ...calls,
      ...quantiles,
      operations: z.array(z.object({ operation: TEXT, ...calls, rateLimited: COUNT, ...quantiles })),
      lastError: z
        .object({ at: TIME, operation: TEXT, status: z.int().nullable(), code: TEXT.nullable() })
        .nullable(),
      buckets: z.array(z.object({ from: TIME, ...calls, p95Ms: MS })).describe('oldest first, without gaps'),
    }),
  }),
);
export type SummaryAnswer = z.infer<typeof summarySchema>;
export type WindowName = SummaryAnswer['window']['name'];
export type Quantiles = z.infer<typeof quantilesSchema>;
