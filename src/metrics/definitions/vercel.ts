import { counter, gauge, histogram } from '../registry.js';

export const OPERATIONS = ['get-account', 'get-deployment', 'update-action'] as const;
export type VercelOperation = (typeof OPERATIONS)[number];
/** Label values for calls without an HTTP status. */
export const NO_STATUS = ['timeout', 'reset', 'error', 'circuit-open', 'overloaded', 'aborted'] as const;

export const vercelCalls = counter({
  name: 'drawbridge_vercel_calls_total',
  help: "Calls to Vercel's API, counted per attempt",
  exporter: 'worker',
  labels: {
    operation: OPERATIONS,
    status: `the HTTP status; without one ${NO_STATUS.map((one) => `\`${one}\``).join(', ')}`,
  },
  note:
    '`circuit-open` and `overloaded` calls were not sent: Vercel is failing, or too many calls are in ' +
    'flight. `aborted`: the answer was no longer needed.',
});

/** Known status codes of Vercel. Their series start at 0, so that the first call is an increase. */
const STATUSES = ['200', '202', '400', '401', '403', '404', '409', '429', '500', '502', '503', '504'];
for (const operation of OPERATIONS)
  for (const status of [...STATUSES, ...NO_STATUS]) vercelCalls.inc({ operation, status }, 0);

export const vercelDuration = histogram({
  name: 'drawbridge_vercel_call_duration_seconds',
  help: "Duration of sent calls to Vercel's API",
  exporter: 'worker',
  labels: { operation: OPERATIONS },
  buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  note: 'The time limit of a call is 10 s.',
});

export const rateLimitRemaining = gauge({
  name: 'drawbridge_vercel_rate_limit_remaining',
  help: "Remaining calls of Vercel's rate limit, the lowest value of the current windows",
  exporter: 'worker',
  note:
    'No sample before the first response with a limit. When a window ends, its full limit is available ' +
    'again.',
});

export const rateLimitLimit = gauge({
  name: 'drawbridge_vercel_rate_limit_limit',
  help: 'The limit of the window of drawbridge_vercel_rate_limit_remaining',
  exporter: 'worker',
});

export const circuitOpen = gauge({
  name: 'drawbridge_vercel_circuit_open',
  help: "1 while the circuit to Vercel's API is open (no calls are sent), 0.5 during a test call, else 0",
  exporter: 'worker',
});

export const vercelCallsDropped = counter({
  name: 'drawbridge_vercel_calls_dropped_total',
  help: 'Calls to Vercel that were not recorded because the database was overloaded',
  exporter: 'worker',
});
