/**
 * The state machine of an action, as data. Types, the guards of action/, the database's CHECKs, the
 * documentation and the model test are all derived from `TRANSITIONS`, the only list of legal changes.
 *
 * An adjective names a state of rest, `-ing` a state in which a worker acts. See docs/state-machine.md.
 */
export const TRANSITIONS = {
  none: { start: 'queued', cancel: 'canceling', cleanup: 'releasing' },
  queued: {
    begin: 'provisioning',
    skip: 'reporting',
    cancel: 'canceling',
    cleanup: 'releasing',
    fail: 'failing',
    abort: 'failing',
    release: 'releasing',
  },
  provisioning: {
    ready: 'reporting',
    cancel: 'canceling',
    cleanup: 'releasing',
    fail: 'failing',
    abort: 'failing',
    release: 'releasing',
  },
  reporting: {
    accepted: 'succeeded',
    cancel: 'canceling',
    cleanup: 'releasing',
    refused: 'failing',
    release: 'releasing',
  },
  succeeded: { cancel: 'canceling', cleanup: 'releasing', release: 'releasing' },
  failing: { gone: 'failed', cleanup: 'releasing' },
  failed: { retry: 'queued', cleanup: 'releasing' },
  canceling: { gone: 'canceled', cleanup: 'releasing' },
  canceled: { cleanup: 'releasing' },
  releasing: { gone: 'released' },
  released: {},
} as const;

type Table = typeof TRANSITIONS;
type Union<T> = T extends unknown ? keyof T : never;

/** The state before a change. `none`: the action has no row yet. `none` is never stored. */
export type From = keyof Table;
export type State = Exclude<From, 'none'>;
export type Event = Union<Table[From]>;
/** The events of Vercel's three action webhooks. */
export type Operation = 'start' | 'cancel' | 'cleanup';

/** Why an action fails. `canceled-by-operator` comes with `abort`, the others with `fail`. */
export const FAIL_REASONS = [
  'deadline',
  'permanent',
  'undeclared-action',
  'unknown-resource',
  'no-token',
  'misbehaved',
  'not-served',
  'canceled-by-operator',
  'deployment-settled',
  'deployment-not-found',
] as const;
export type FailReason = (typeof FAIL_REASONS)[number];
/** Why an action is released without a cleanup. */
export const RELEASE_REASONS = [
  'deployment-gone',
  'deployment-failed',
  'installation-removed',
  'retained',
] as const;
export type ReleaseReason = (typeof RELEASE_REASONS)[number];
/**
 * Whether Vercel has the verdict `failed`. `unknown`: the answer to a report was lost. `none`: Vercel cannot
 * have accepted a report.
 */
export const FAILURE_REPORTS = ['accepted', 'unknown', 'none'] as const;
export type FailureReport = (typeof FAILURE_REPORTS)[number];
/** `refused`: Vercel did not accept `succeeded`. */
export type Reason = FailReason | 'refused' | ReleaseReason;

export const STATES = Object.keys(TRANSITIONS).filter((state) => state !== 'none') as State[];
export const EVENTS = [...new Set(Object.values(TRANSITIONS).flatMap((row) => Object.keys(row) as Event[]))];

/** States in which a worker acts. */
export const WORKING = ['queued', 'provisioning', 'reporting', 'failing', 'canceling', 'releasing'] as const;
export type WorkingState = (typeof WORKING)[number];
export const isWorking = (state: State): state is WorkingState =>
  (WORKING as readonly State[]).includes(state);

/** The state after `event`; undefined when the event changes nothing. */
export function next(from: From, event: Event): State | undefined {
  return (TRANSITIONS[from] as Partial<Record<Event, State>>)[event];
}

/** The states that allow `event`. A 409 names them. */
export function statesAllowing(event: Event): State[] {
  return STATES.filter((state) => next(state, event) !== undefined);
}
