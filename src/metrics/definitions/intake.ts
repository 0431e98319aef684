import { counter, histogram } from '../registry.js';

export const WEBHOOK_TYPES = ['start', 'cancel', 'cleanup', 'other'] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];
export const WEBHOOK_RESULTS = ['recorded', 'duplicate', 'ignored', 'unavailable', 'failed'] as const;
export type WebhookResult = (typeof WEBHOOK_RESULTS)[number];

export const webhooks = counter({
  name: 'drawbridge_webhooks_total',
  help: 'Webhooks with a valid signature, by result: unavailable was answered 503, failed 500',
  exporter: 'web',
  labels: { type: WEBHOOK_TYPES, result: WEBHOOK_RESULTS },
  note: 'Types are those of `deployment.integration.action.*`; all other events are `other`.',
});

export const webhooksRejected = counter({
  name: 'drawbridge_webhooks_rejected_total',
  help: 'Rejected webhooks, which leave no delivery: no or a wrong signature, not an event, or too large',
  exporter: 'web',
  labels: { reason: ['unsigned', 'wrong-signature', 'wrong-secret', 'not-an-event', 'too-large'] },
  note:
    '`wrong-secret`: like `wrong-signature`, but the event names a known installation, so it probably ' +
    'comes from Vercel.',
});

export const eventsElsewhere = counter({
  name: 'drawbridge_webhooks_elsewhere_total',
  help: 'Cancels and cleanups whose action belongs to exactly one other installation',
  exporter: 'web',
  labels: { type: ['cancel', 'cleanup'] },
  note: 'The action is not changed. Typical cause: a resource was transferred at Vercel only.',
});

export const webhookDuration = histogram({
  name: 'drawbridge_webhook_duration_seconds',
  help: 'Time from receiving a webhook with a valid signature to its response',
  exporter: 'web',
  labels: { result: WEBHOOK_RESULTS },
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  note: 'Vercel gives up after 30 s and sends the webhook again.',
});

export const intakeBatch = histogram({
  name: 'drawbridge_intake_batch_size',
  help: 'Webhooks stored in one transaction',
  exporter: 'web',
  buckets: [1, 2, 5, 10, 20, 50, 100],
  note: 'Increases with load, up to 100.',
});
