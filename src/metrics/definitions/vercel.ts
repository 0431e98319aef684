import { counter, gauge, histogram } from '../registry.js';

export const OPERATIONS = ['get-account', 'get-deployment', 'update-action'] as const;
export type VercelOperation = (typeof OPERATIONS)[number];
/** What stands for a status where none came. */
export const NO_STATUS = ['timeout', 'reset', 'error', 'circuit-open', 'overloaded', 'aborted'] as const;

export const vercelCalls = counter({
  name: 'drawbridge_vercel_calls_total',
  help: "Calls to Vercel's API, one per attempt",
  exporter: 'worker',
  labels: {
    operation: OPERATIONS,
    status: `the HTTP status; without one ${NO_STATUS.map((one) => `\`${one}\``).join(', ')}`,
  },
  note: '`circuit-open` and `overloaded` were not sent: Vercel fails, or too many calls are under way here. `aborted`: we no longer needed the answer.',
});

/** What Vercel is known to answer. A series begins at 0, or its first fact would be no increase. */
const STATUSES = ['200', '202', '400', '401', '403', '404', '409', '429', '500', '502', '503', '504'];
for (const operation of OPERATIONS)
  for (const status of [...STATUSES, ...NO_STATUS]) vercelCalls.inc({ operation, status }, 0);

export const vercelDuration = histogram({
  name: 'drawbridge_vercel_call_duration_seconds',
  help: "How long calls to Vercel's API took that were sent",
  exporter: 'worker',
  labels: { operation: OPERATIONS },
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  note: 'A call has 10 s.',
});

export const rateLimitRemaining = gauge({
  name: 'drawbridge_vercel_rate_limit_remaining',
  help: "Calls that Vercel's rate limit leaves, the lowest that its answers showed for a window that goes on",
  exporter: 'worker',
  note: 'No sample until an answer told of a limit. Once its window is over, all of the limit is left again.',
});

export const rateLimitLimit = gauge({
  name: 'drawbridge_vercel_rate_limit_limit',
  help: 'The limit of the window that the remaining calls are of',
  exporter: 'worker',
});

export const circuitOpen = gauge({
  name: 'drawbridge_vercel_circuit_open',
  help: "1 while the circuit to Vercel's API is open and nothing is sent, 0.5 while one call tries, 0 when it is closed",
  exporter: 'worker',
});

export const vercelCallsDropped = counter({
  name: 'drawbridge_vercel_calls_dropped_total',
  help: 'Calls to Vercel that were made and are not on record, because the database did not keep up',
  exporter: 'worker',
});
