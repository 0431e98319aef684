import { counter, histogram } from '../registry.js';

export const WEBHOOK_TYPES = ['start', 'cancel', 'cleanup', 'other'] as const;
export type WebhookType = (typeof WEBHOOK_TYPES)[number];
export const WEBHOOK_RESULTS = ['recorded', 'duplicate', 'ignored', 'unavailable', 'failed'] as const;
export type WebhookResult = (typeof WEBHOOK_RESULTS)[number];

export const webhooks = counter({
  name: 'drawbridge_webhooks_total',
  help: 'Webhooks with a valid signature, by what came of them: unavailable was answered 503, failed 500',
  exporter: 'web',
  labels: { type: WEBHOOK_TYPES, result: WEBHOOK_RESULTS },
  note: 'Types are those of `deployment.integration.action.*`; whatever else Vercel sends is `other`.',
});

export const webhooksRejected = counter({
  name: 'drawbridge_webhooks_rejected_total',
  help: 'Webhooks that left no delivery: no signature, one that fits no client secret, not an event, or too large',
  exporter: 'web',
  labels: { reason: ['unsigned', 'wrong-signature', 'wrong-secret', 'not-an-event', 'too-large'] },
  note: '`wrong-secret`: as `wrong-signature`, of an event that names an installation on record, which strangers cannot.',
});

export const eventsElsewhere = counter({
  name: 'drawbridge_webhooks_elsewhere_total',
  help: 'Cancels and cleanups without an action of their installation, of which exactly one other installation has one',
  exporter: 'web',
  labels: { type: ['cancel', 'cleanup'] },
  note: 'Nothing was done with that action. A resource that was transferred at Vercel and not here looks like this.',
});

export const webhookDuration = histogram({
  name: 'drawbridge_webhook_duration_seconds',
  help: 'From a webhook with a valid signature received to its answer',
  exporter: 'web',
  labels: { result: WEBHOOK_RESULTS },
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  note: 'Vercel gives up after 30 s and sends it again.',
});

export const intakeBatch = histogram({
  name: 'drawbridge_intake_batch_size',
  help: 'Webhooks that shared one transaction',
  exporter: 'web',
  buckets: [1, 2, 5, 10, 20, 50, 100],
  note: 'It grows with load: that is how the intake keeps up. 100 is the most.',
});
