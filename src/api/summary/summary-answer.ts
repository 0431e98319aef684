import { z } from 'zod';
import { STATES, type State } from '../../state-machine/action-state.js';
import { COUNT, named, TEXT, TIME, UUID_TEXT } from '../../http/openapi/answers.js';

/** Exact up to this many per state; a state that has as many may have more. */
export const COUNTED_UP_TO = 100_000;

const MS = z.number().nullable().describe('milliseconds; null when there was nothing to measure');
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

/** How things stand, and how they went in a window of time that ends now. */
export const summarySchema = named(
  'Summary',
  z.object({
    at: TIME.describe('when this was read; it may be some seconds old'),
    window: z.object({ name: z.enum(['1h', '24h']), from: TIME, to: TIME, bucketSeconds: COUNT }),
    states: z
      .object(countsByState)
      .describe(`how many actions are in each; ${COUNTED_UP_TO} means that many or more`),
    countedUpTo: COUNT,
    oldest: z
      .array(z.object({ state: z.enum(STATES), actionId: UUID_TEXT, createdAt: TIME, seconds: COUNT }))
      .describe('per state in which a worker acts, the action that was created first'),
    flow: z.object(flow),
    unblock: z
      .object({ count: COUNT, ...quantiles })
      .describe('from the webhook until Vercel accepted `succeeded`; retried actions are left out'),
    buckets: z.array(z.object({ from: TIME, ...flow, ...quantiles })).describe('oldest first, without gaps'),
    provisioners: z
      .array(
        z.object({
          action: TEXT.describe('the slug'),
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
