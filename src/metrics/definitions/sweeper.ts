import { counter, gauge } from '../registry.js';

export const deploymentsChecked = counter({
  name: 'drawbridge_deployments_checked_total',
  help: 'Deployments of successes that Vercel was asked about, by what the answer came to',
  exporter: 'worker',
  labels: { standing: ['there', 'failed', 'deleted', 'gone', 'untold', 'later'] },
});

export const sweepSucceeded = gauge({
  name: 'drawbridge_sweep_last_success_timestamp_seconds',
  help: 'When a sweep last ended well, in seconds since 1970',
  exporter: 'every',
  note: 'No sample in a process that started when there had been none within the hour that the queue keeps its jobs. A sweep is due each minute.',
});

export const PURGED_KINDS = ['deliveries', 'actions', 'transitions', 'calls'] as const;

export const retentionDeleted = counter({
  name: 'drawbridge_retention_deleted_total',
  help: 'Rows that retention removed',
  exporter: 'worker',
  labels: { kind: PURGED_KINDS },
});
