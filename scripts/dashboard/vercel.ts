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
    lines('Calls that have to be repeated', {
      description:
        'The share that came to 5xx, 429 or no answer, or was not made because the breaker was open.',
      unit: 'percentunit',
      max: 1,
      steps: upTo(0.1, 0.5),
      queries: [query(`(${rateOf(`${HERE}, ${FAILED}`)} / (${rateOf(HERE)} > 0)) or vector(0)`, 'share')],
    }),
    lines('Duration of calls', {
      description: 'The middle and the slowest twentieth, by operation. A call is given up after 10 s.',
      unit: 's',
      steps: upTo(1, 5),
      queries: quantiles('drawbridge_vercel_call_duration_seconds', [0.5, 0.95], 'operation'),
    }),
    lines('Rate limit left', {
      description:
        "The least share of Vercel's limit that was left in its current window, as its answers say; 1 as " +
        'long as none said so.',
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
        '0: calls are made. 1: open after 20 failures in a row. 0.5: one call may try whether Vercel is ' +
        'back.',
      unit: 'none',
      max: 1,
      steps: upTo(0.5, 1),
      queries: [query(`max(drawbridge_vercel_circuit_open{${HERE}})`, 'open')],
    }),
    lines('Calls not on record', {
      description:
        'Calls that were made and not written down because the database did not keep up, per second.',
      unit: 'cps',
      steps: upTo(0.001, 1),
      queries: [
        query(`sum(rate(drawbridge_vercel_calls_dropped_total{${HERE}}[$__rate_interval]))`, 'dropped'),
      ],
    }),
  ],
};
