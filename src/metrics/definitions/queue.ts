import { gauge } from '../registry.js';

/** The queues' names. database/queue/queue-names.ts must name the same ones, or it does not compile. */
export const QUEUE_LABELS = ['action', 'sweep', 'retention'] as const;

export const JOB_STATES = ['ready', 'active', 'deferred', 'failed'] as const;

export const queueJobs = gauge({
  name: 'drawbridge_queue_jobs',
  help: 'Jobs by state; ready could run now, deferred is for later or for when a job of the same action is over; read from the database',
  exporter: 'every',
  labels: { queue: QUEUE_LABELS, state: JOB_STATES },
  note: '`action` moves actions on. `sweep` and `retention` run by a schedule.',
});

export const queueOldest = gauge({
  name: 'drawbridge_queue_oldest_ready_seconds',
  help: 'How long the job has been able to run that has waited longest; 0 when none waits',
  exporter: 'every',
  labels: { queue: QUEUE_LABELS },
});
