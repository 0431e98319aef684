import { events, HERE, lines, NEUTRAL, quantiles, query, upTo, whole, type Row } from './panel.ts';

const CALLS = 'drawbridge_provisioner_calls_total';

export const worker: Row = {
  title: 'Worker',
  panels: [
    lines('Actions in flight', {
      description: 'Actions in flight, and the capacity of the workers.',
      unit: 'short',
      queries: [
        query(`sum(drawbridge_worker_actions{${HERE}})`, 'in flight'),
        query(`sum(drawbridge_worker_capacity{${HERE}})`, 'capacity'),
      ],
    }),
    lines('Jobs', {
      description: 'Jobs in the queue by state. ready can run now, deferred waits for its time.',
      unit: 'short',
      stacked: true,
      queries: [whole('drawbridge_queue_jobs', 'queue, state')],
    }),
    lines('Oldest job that could run', {
      description: 'Workers with room fetch a job at once. KEDA scales by the queue named action.',
      unit: 's',
      steps: upTo(10, 60),
      queries: [whole('drawbridge_queue_oldest_ready_seconds', 'queue')],
    }),
    lines('Oldest action by state', {
      description: 'Age of the oldest action in each state.',
      unit: 's',
      steps: upTo(60, 170),
      queries: [whole('drawbridge_actions_oldest_seconds', 'state')],
    }),
    lines('Calls of provisioners', {
      description:
        'Calls per second by provisioner, verb and answer. Drawbridge repeats calls with error, timeout and misbehaved.',
      unit: 'cps',
      queries: [events(CALLS, 'provisioner, verb, result')],
    }),
    lines('Duration of provisioner calls', {
      description: 'The slowest twentieth. Drawbridge abandons a call after 30 s.',
      unit: 's',
      steps: upTo(10, 30),
      queries: quantiles('drawbridge_provisioner_call_duration_seconds', [0.95], 'provisioner, verb'),
    }),
    lines('Allocations', {
      description:
        'Allocations by provisioner. closing ones are being deprovisioned; a number that only grows is a leak.',
      unit: 'short',
      queries: [whole('drawbridge_allocations', 'provisioner, state')],
    }),
    lines('Released without a cleanup', {
      description: 'Actions that the sweeper released per second, by reason.',
      unit: 'cps',
      queries: [events('drawbridge_actions_released_total', 'reason')],
    }),
    lines('Deployments checked', {
      description: 'Deployments that the sweeper checked at Vercel, per second, by the answer.',
      unit: 'cps',
      queries: [events('drawbridge_deployments_checked_total', 'standing')],
    }),
    lines('Time since the last sweep', {
      description: 'Time since the last successful sweep. One is due each minute.',
      unit: 's',
      steps: upTo(300, 900),
      queries: [query(`time() - max(drawbridge_sweep_last_success_timestamp_seconds{${HERE}})`, 'ago')],
    }),
    lines('Rows purged', {
      description: 'Rows that the purge removed, per second, by kind.',
      unit: 'cps',
      steps: NEUTRAL,
      queries: [events('drawbridge_retention_deleted_total', 'kind')],
      width: 16,
    }),
  ],
};
