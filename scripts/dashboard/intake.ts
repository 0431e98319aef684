import { events, HERE, lines, quantiles, query, upTo, type Row } from './panel.ts';

const BATCH = 'drawbridge_intake_batch_size';
const rateOf = (series: string): string => `sum(rate(${series}{${HERE}}[$__rate_interval]))`;

export const intake: Row = {
  title: 'Intake',
  panels: [
    lines('Webhooks by result', {
      description:
        'Webhooks with a valid signature, per second, by result. unavailable was answered ' +
        '503, failed 500: Vercel repeats them.',
      unit: 'cps',
      stacked: true,
      queries: [events('drawbridge_webhooks_total', 'result')],
    }),
    lines('Webhooks by type', {
      description: 'Webhooks with a valid signature, per second, by type.',
      unit: 'cps',
      stacked: true,
      queries: [events('drawbridge_webhooks_total', 'type')],
    }),
    lines('Webhooks rejected', {
      description:
        'Webhooks without a delivery, per second. Many wrong-secret mean that Vercel signs with another client secret.',
      unit: 'cps',
      steps: upTo(0.1, 1),
      queries: [events('drawbridge_webhooks_rejected_total', 'reason')],
    }),
    lines('Time to answer a webhook', {
      description: 'From the request until its response. Vercel gives up after 30 s.',
      unit: 's',
      steps: upTo(1, 10),
      queries: quantiles('drawbridge_webhook_duration_seconds', [0.5, 0.99]),
    }),
    lines('Webhooks per transaction', {
      description:
        'Webhooks that arrive together share a transaction, at most 100. The mean, and the largest ' +
        'hundredth.',
      unit: 'short',
      steps: upTo(50, 90),
      queries: [
        query(`${rateOf(`${BATCH}_sum`)} / ${rateOf(`${BATCH}_count`)}`, 'mean'),
        ...quantiles(BATCH, [0.99]),
      ],
    }),
    lines('Other requests by status', {
      description: 'Every other HTTP request per second: API, console, status pages, probes.',
      unit: 'cps',
      stacked: true,
      queries: [events('drawbridge_http_request_duration_seconds_count', 'status')],
    }),
    lines('Time to answer other requests', {
      description: 'The slowest twentieth of each route.',
      unit: 's',
      steps: upTo(1, 5),
      queries: quantiles('drawbridge_http_request_duration_seconds', [0.95], 'method, route'),
      width: 24,
    }),
  ],
};
