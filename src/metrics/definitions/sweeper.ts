import { counter, gauge } from '../registry.js';

export const deploymentsChecked = counter({
  name: 'drawbridge_deployments_checked_total',
  help: 'Deployments of succeeded actions that were checked at Vercel, by result',
  exporter: 'worker',
  labels: { standing: ['there', 'failed', 'deleted', 'gone', 'untold', 'later'] },
});

export const sweepSucceeded = gauge({
  name: 'drawbridge_sweep_last_success_timestamp_seconds',
  help: 'Time of the last successful sweep, in seconds since 1970',
  exporter: 'every',
  note:
    'No sample if the process started more than an hour after the last sweep, because the queue keeps ' +
    'jobs for an hour. A sweep is due every minute.',
});

export const PURGED_KINDS = ['deliveries', 'actions', 'transitions', 'calls'] as const;

export const retentionDeleted = counter({
  name: 'drawbridge_retention_deleted_total',
  help: 'Rows removed by purges',
  exporter: 'worker',
  labels: { kind: PURGED_KINDS },
});
