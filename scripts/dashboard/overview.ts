import { atLeast, events, HERE, lines, query, quantiles, stat, upTo, whole, type Row } from './panel.ts';

const UNBLOCK = 'drawbridge_action_unblock_seconds';
const WAITING = 'state=~"queued|provisioning|reporting"';

export const overview: Row = {
  title: 'Overview',
  panels: [
    stat('Unblocked within 60 s', {
      description:
        'The share of verdicts that Vercel accepted within 60 s after the event, over the time range of ' +
        'the dashboard; 1 without verdicts. The objective is 99 %.',
      unit: 'percentunit',
      steps: atLeast(0.98, 0.99),
      queries: [
        query(
          `sum(increase(${UNBLOCK}_bucket{${HERE}, le=~"60(\\\\.0)?"}[$__range])) / ` +
            `(sum(increase(${UNBLOCK}_count{${HERE}}[$__range])) > 0) or vector(1)`,
          'within 60 s',
        ),
      ],
    }),
    stat('Intake available', {
      description:
        'The share of webhooks with a valid signature that were stored durably and answered 2xx; 1 without webhooks. The objective is 99.9 %.',
      unit: 'percentunit',
      steps: atLeast(0.995, 0.999),
      queries: [
        query(
          `sum(increase(drawbridge_webhooks_total{${HERE}, result!~"unavailable|failed"}[$__range])) / ` +
            `(sum(increase(drawbridge_webhooks_total{${HERE}}[$__range])) > 0) or vector(1)`,
          'answered 2xx',
        ),
      ],
    }),
    stat('Builds that wait', {
      description: 'Actions in queued, provisioning or reporting: the builds that require them wait.',
      unit: 'short',
      steps: upTo(200, 1000),
      queries: [query(`sum(max by (namespace, state) (drawbridge_actions{${HERE}, ${WAITING}}))`, 'actions')],
    }),
    stat('Longest wait', {
      description:
        'Age of the oldest action in queued or provisioning. After 170 s a worker reports its failure to Vercel.',
      unit: 's',
      steps: upTo(60, 170),
      queries: [
        query(
          `max(drawbridge_actions_oldest_seconds{${HERE}, state=~"queued|provisioning"})`,
          'oldest action',
        ),
      ],
    }),
    stat('Processes', {
      description: 'Ready processes, and the capacity of all workers together.',
      unit: 'short',
      steps: atLeast(1, 1),
      queries: [
        query(`sum(drawbridge_ready{${HERE}})`, 'ready'),
        query(`sum(drawbridge_worker_capacity{${HERE}})`, 'worker capacity'),
      ],
    }),
    stat('Alerts', {
      description: 'Firing alerts of Drawbridge. Each links to its runbook.',
      unit: 'short',
      steps: upTo(1, 1),
      queries: [
        query(
          `count(ALERTS{${HERE}, alertname=~"Drawbridge.+", alertstate="firing"}) or vector(0)`,
          'firing',
        ),
      ],
    }),
    lines('Actions that ended', {
      description: 'Finished actions per second, by outcome.',
      unit: 'cps',
      queries: [events('drawbridge_actions_finished_total', 'outcome')],
    }),
    lines('Time to unblock', {
      description: 'From the event until Vercel accepted the verdict. The objective is 60 s for 99 %.',
      unit: 's',
      steps: upTo(30, 60),
      queries: quantiles(UNBLOCK, [0.5, 0.95, 0.99]),
    }),
    lines('Actions by state', {
      description: 'Number of actions in each state in which a worker acts.',
      unit: 'short',
      stacked: true,
      queries: [
        whole(
          'drawbridge_actions',
          'state',
          'state=~"queued|provisioning|reporting|failing|canceling|releasing"',
        ),
      ],
    }),
    lines('Failures', {
      description:
        'Actions that failed, per second, by reason. permanent: the provisioner says that a repetition ' +
        'cannot help.',
      unit: 'cps',
      queries: [events('drawbridge_actions_finished_total', 'reason', 'outcome="failed"')],
      width: 12,
    }),
    lines('Time left to the deadline', {
      description:
        'Time left of the 170 s when Vercel accepted the verdict, for the tightest twentieth and the ' +
        'tightest half. 0 is a missed deadline.',
      unit: 's',
      steps: atLeast(30, 110),
      queries: quantiles('drawbridge_action_deadline_left_seconds', [0.05, 0.5]),
      width: 12,
    }),
  ],
};
