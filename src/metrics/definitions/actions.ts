import { FAIL_REASONS, RELEASE_REASONS, STATES, WORKING } from '../../state-machine/action-state.js';
import { ACTION_LABEL, declared } from '../declared-labels.js';
import { counter, gauge, histogram } from '../registry.js';

/** The counted states. `released` is left out because it contains the whole history. */
export const COUNTED_STATES = STATES.filter((state) => state !== 'released');
/** Limit of counting per state. A count that reaches the limit may be higher. */
export const COUNTED_UP_TO = 100_000;

export const actions = gauge({
  name: 'drawbridge_actions',
  help: 'Current actions by state; read from the database',
  exporter: 'every',
  labels: { state: COUNTED_STATES },
  note:
    `\`released\` is left out because it contains the whole history. States at rest are counted up to ` +
    `${COUNTED_UP_TO.toLocaleString('en')}, which means that many or more.`,
});

export const actionsOldest = gauge({
  name: 'drawbridge_actions_oldest_seconds',
  help: 'Longest time of an action in its state, for states in which a worker acts; 0 without actions',
  exporter: 'every',
  labels: { state: WORKING },
});

export const FAILED_BECAUSE = [...FAIL_REASONS, 'refused'] as const;
export const FINISHES = ['succeeded', 'failed', 'canceled', 'released'] as const;
export type Finish = (typeof FINISHES)[number];

export const actionsFinished = declared(
  counter({
    name: 'drawbridge_actions_finished_total',
    help: 'Finished actions, counted by the process that committed the last transition',
    exporter: 'worker',
    labels: {
      action: ACTION_LABEL,
      outcome: FINISHES,
      reason: `for \`failed\`: ${FAILED_BECAUSE.map((reason) => `\`${reason}\``).join(', ')}; else empty`,
    },
    note: 'An action that succeeds and is released later counts twice, once for each outcome.',
  }),
  ({ actions }) =>
    actions.flatMap((action) => [
      ...FINISHES.filter((outcome) => outcome !== 'failed').map((outcome) => ({
        action,
        outcome,
        reason: '',
      })),
      ...FAILED_BECAUSE.map((reason) => ({ action, outcome: 'failed', reason })),
    ]),
);

/** The outcomes reported to Vercel that unblock the build. */
export const REPORTED_OUTCOMES = ['succeeded', 'failed'] as const;

const AGAIN =
  'Counted once Vercel has accepted the outcome. If a worker is killed between the response and its own ' +
  'commit, another worker repeats the report and counts it.';

export const unblockSeconds = declared(
  histogram({
    name: 'drawbridge_action_unblock_seconds',
    help: "Time from the event's createdAt until Vercel accepted the outcome",
    exporter: 'worker',
    labels: { action: ACTION_LABEL, outcome: REPORTED_OUTCOMES },
    note: AGAIN,
    buckets: [0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 90, 120, 150, 170, 180],
  }),
  ({ actions }) => actions.flatMap((action) => REPORTED_OUTCOMES.map((outcome) => ({ action, outcome }))),
);

export const deadlineLeft = declared(
  histogram({
    name: 'drawbridge_action_deadline_left_seconds',
    help: 'Time left to the deadline when Vercel accepted the outcome; 0 if the deadline had passed',
    exporter: 'worker',
    labels: { action: ACTION_LABEL },
    note: AGAIN,
    buckets: [0, 1, 5, 10, 20, 30, 60, 90, 120, 150, 160, 170],
  }),
  ({ actions }) => actions.map((action) => ({ action })),
);

export const actionsReleased = counter({
  name: 'drawbridge_actions_released_total',
  help: 'Actions released without a cleanup webhook',
  exporter: 'worker',
  labels: { reason: RELEASE_REASONS },
});
