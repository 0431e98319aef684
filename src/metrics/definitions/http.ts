import { counter, histogram } from '../registry.js';

export const UNMATCHED = 'unmatched';

export const httpDuration = histogram({
  name: 'drawbridge_http_request_duration_seconds',
  help: 'From an HTTP request received to the end of its answer; webhooks with a valid signature are not among them',
  exporter: 'every',
  labels: {
    method: "the method; `other` for what is none of HTTP's usual ones",
    route: `the template, such as \`/api/v1/actions/:id\`; \`${UNMATCHED}\` where there is no route`,
    status: 'the status',
  },
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  note: 'A stream of events counts when it ends.',
});

export const connectionsDropped = counter({
  name: 'drawbridge_connections_dropped_total',
  help: 'Connections that were closed as they came because the process had 5,000 already',
  exporter: 'every',
  labels: {},
});

export const signInsThrottled = counter({
  name: 'drawbridge_sign_ins_throttled_total',
  help: 'Wrong tokens of operators answered 429 instead of 401, because too many from their address were refused before',
  exporter: 'web',
  labels: {},
});
