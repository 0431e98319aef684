import { gauge } from '../registry.js';

/** The names of the queues. The compiler checks them against database/queue/queue-names.ts. */
export const QUEUE_LABELS = ['action', 'sweep', 'retention'] as const;

export const JOB_STATES = ['ready', 'active', 'deferred', 'failed'] as const;

export const queueJobs = gauge({
  name: 'drawbridge_queue_jobs',
  help:
    'Jobs by state; ready can run now, deferred waits for its time or for a job of the same action; read ' +
    'from the database',
  exporter: 'every',
  labels: { queue: QUEUE_LABELS, state: JOB_STATES },
  note: '`action` runs actions. `sweep` and `retention` run on a schedule.',
});

export const queueOldest = gauge({
  name: 'drawbridge_queue_oldest_ready_seconds',
  help: 'Age of the oldest job that can run; 0 without waiting jobs',
  exporter: 'every',
  labels: { queue: QUEUE_LABELS },
});
