import { collectDefaultMetrics, Counter, Registry } from 'prom-client';

/** Everything that `/metrics` shows of this process. */
export const registry = new Registry();
collectDefaultMetrics({ register: registry });

export const webhooksRejected = new Counter({
  name: 'drawbridge_webhooks_rejected_total',
  help: 'Webhooks that left no delivery: no signature, a wrong one, or not an event',
  labelNames: ['reason'] as const,
  registers: [registry],
});

export const actionsReleased = new Counter({
  name: 'drawbridge_actions_released_total',
  help: 'Actions that were given back though no cleanup came, by reason',
  labelNames: ['reason'] as const,
  registers: [registry],
});

export const deploymentsChecked = new Counter({
  name: 'drawbridge_deployments_checked_total',
  help: 'Deployments of successes that Vercel was asked about, by what the answer came to',
  labelNames: ['standing'] as const,
  registers: [registry],
});

export const vercelCallsDropped = new Counter({
  name: 'drawbridge_vercel_calls_dropped_total',
  help: 'Calls to Vercel that were made and are not on record, because the database did not keep up',
  registers: [registry],
});
