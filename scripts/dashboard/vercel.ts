import { atLeast, events, HERE, lines, quantiles, query, upTo, type Row } from './panel.ts';

const CALLS = 'drawbridge_vercel_calls_total';
const FAILED = 'status=~"5..|429|timeout|reset|error|circuit-open"';
const rateOf = (matchers: string): string => `sum(rate(${CALLS}{${matchers}}[$__rate_interval]))`;

export const vercel: Row = {
  title: 'Vercel',
  panels: [
    lines('Calls by answer', {
      description: "Requests to Vercel's API per second, each try counted.",
      unit: 'cps',
      queries: [events(CALLS, 'operation, status')],
    }),
    lines('Calls to repeat', {
      description:
        'The share of calls with 5xx, 429 or no answer, and of calls that the open circuit breaker ' +
        'prevented.',
      unit: 'percentunit',
      max: 1,
      steps: upTo(0.1, 0.5),
      queries: [query(`(${rateOf(`${HERE}, ${FAILED}`)} / (${rateOf(HERE)} > 0)) or vector(0)`, 'share')],
    }),
    lines('Duration of calls', {
      description:
        'The middle and the slowest twentieth, by operation. Drawbridge abandons a call after 10 s.',
      unit: 's',
      steps: upTo(1, 5),
      queries: quantiles('drawbridge_vercel_call_duration_seconds', [0.5, 0.95], 'operation'),
    }),
    lines('Rate limit left', {
      description:
        "The lowest remaining share of Vercel's rate limit in the current window, by its answers; 1 before the first answer with a limit.",
      unit: 'percentunit',
      max: 1,
      steps: atLeast(0.1, 0.3),
      queries: [
        query(
          `min(drawbridge_vercel_rate_limit_remaining{${HERE}} / ` +
            `drawbridge_vercel_rate_limit_limit{${HERE}}) or vector(1)`,
          'left',
        ),
      ],
    }),
    lines('Circuit breaker', {
      description:
        '0: closed, calls pass. 1: open after 20 failures in a row. 0.5: one call checks whether Vercel works again.',
      unit: 'none',
      max: 1,
      steps: upTo(0.5, 1),
      queries: [query(`max(drawbridge_vercel_circuit_open{${HERE}})`, 'open')],
    }),
    lines('Calls not recorded', {
      description: 'Calls per second that were made but not recorded, because the database was too slow.',
      unit: 'cps',
      steps: upTo(0.001, 1),
      queries: [
        query(`sum(rate(drawbridge_vercel_calls_dropped_total{${HERE}}[$__rate_interval]))`, 'dropped'),
      ],
    }),
  ],
};
