import { FAIL_REASONS, RELEASE_REASONS, STATES, WORKING } from '../../state-machine/action-state.js';
import { ACTION_LABEL, declared } from '../declared.js';
import { counter, gauge, histogram } from '../registry.js';

/** States that are counted: `released` is where all of history ends. */
export const COUNTED_STATES = STATES.filter((state) => state !== 'released');
/** Exact up to this many. */
export const COUNTED_UP_TO = 100_000;

export const actions = gauge({
  name: 'drawbridge_actions',
  help: 'Actions by their state now; read from the database',
  exporter: 'every',
  labels: { state: COUNTED_STATES },
  note: `\`released\` is left out: it holds all of history. At rest, exact up to ${COUNTED_UP_TO.toLocaleString('en')}, which means that many or more.`,
});

export const actionsOldest = gauge({
  name: 'drawbridge_actions_oldest_seconds',
  help: 'Of the actions in a state in which a worker acts, how long the one has been in it that has been longest; 0 when there is none',
  exporter: 'every',
  labels: { state: WORKING },
});

export const FAILED_BECAUSE = [...FAIL_REASONS, 'refused'] as const;
export const FINISHES = ['succeeded', 'failed', 'canceled', 'released'] as const;
export type Finish = (typeof FINISHES)[number];

export const actionsFinished = declared(
  counter({
    name: 'drawbridge_actions_finished_total',
    help: 'Actions that came to rest, counted by the process that committed it',
    exporter: 'worker',
    labels: {
      action: ACTION_LABEL,
      outcome: FINISHES,
      reason: `of \`failed\`: ${FAILED_BECAUSE.map((reason) => `\`${reason}\``).join(', ')}; else empty`,
    },
    note: 'An action that succeeded and is released later counts twice, once for each.',
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

/** What Vercel was told, where it was told anything that unblocks the build. */
export const REPORTED_OUTCOMES = ['succeeded', 'failed'] as const;

const AGAIN =
  'Counted once Vercel has accepted the verdict. A worker that is killed between the answer and its own commit leaves the report to another, which repeats it and counts it.';

export const unblockSeconds = declared(
  histogram({
    name: 'drawbridge_action_unblock_seconds',
    help: "From the event's createdAt until Vercel accepted the verdict",
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
    help: 'Time left to the deadline when Vercel accepted the verdict; 0 when it had passed',
    exporter: 'worker',
    labels: { action: ACTION_LABEL },
    note: AGAIN,
    buckets: [0, 1, 5, 10, 20, 30, 60, 90, 120, 150, 160, 170],
  }),
  ({ actions }) => actions.map((action) => ({ action })),
);

export const actionsReleased = counter({
  name: 'drawbridge_actions_released_total',
  help: 'Actions that were given back though no cleanup came',
  exporter: 'worker',
  labels: { reason: RELEASE_REASONS },
});
