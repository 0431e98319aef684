import { counter, histogram } from '../registry.js';

export const UNMATCHED = 'unmatched';

export const httpDuration = histogram({
  name: 'drawbridge_http_request_duration_seconds',
  help: 'Time from receiving an HTTP request to the end of its response, without signed webhooks',
  exporter: 'every',
  labels: {
    method: 'the method; `other` for unusual methods',
    route: `the template, such as \`/api/v1/actions/:id\`; \`${UNMATCHED}\` without a route`,
    status: 'the HTTP status',
  },
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  note: 'An event stream is counted when it ends.',
});

export const connectionsDropped = counter({
  name: 'drawbridge_connections_dropped_total',
  help: 'Connections that were closed immediately because the process already had 5,000',
  exporter: 'every',
  labels: {},
});

export const signInsThrottled = counter({
  name: 'drawbridge_sign_ins_throttled_total',
  help: 'Invalid operator tokens answered 429 instead of 401 because their address had sent too many',
  exporter: 'web',
  labels: {},
});
