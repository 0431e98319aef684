/**
 * The state machine of an action, as data. Types, the guards of action/, the database's CHECKs, the documentation
 * and the model test are all derived from `TRANSITIONS`; nothing else in the project knows which change is legal.
 *
 * Adjectives name where an action rests, `-ing` names where a worker acts. See docs/state-machine.md.
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

/** `none`: there is no row yet. It is never stored as an action's state. */
export type From = keyof Table;
export type State = Exclude<From, 'none'>;
export type Event = Union<Table[From]>;
/** The events that Vercel's three action webhooks become. */
export type Operation = 'start' | 'cancel' | 'cleanup';

/** Why an action fails, apart from its state. `canceled-by-operator` comes with `abort`, the others with `fail`. */
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
/** Why an action is released though no cleanup came. */
export const RELEASE_REASONS = [
  'deployment-gone',
  'deployment-failed',
  'installation-removed',
  'retained',
] as const;
export type ReleaseReason = (typeof RELEASE_REASONS)[number];
/**
 * Whether Vercel has the verdict `failed`. `unknown`: the answer to a report was lost. `none`: Vercel cannot have accepted a report.
 */
export const FAILURE_REPORTS = ['accepted', 'unknown', 'none'] as const;
export type FailureReport = (typeof FAILURE_REPORTS)[number];
/** `refused`: Vercel did not accept `succeeded`. */
export type Reason = FailReason | 'refused' | ReleaseReason;

export const STATES = Object.keys(TRANSITIONS).filter((state) => state !== 'none') as State[];
export const EVENTS = [...new Set(Object.values(TRANSITIONS).flatMap((row) => Object.keys(row) as Event[]))];

/** States that have work for a worker. */
export const WORKING = ['queued', 'provisioning', 'reporting', 'failing', 'canceling', 'releasing'] as const;
export type WorkingState = (typeof WORKING)[number];
export const isWorking = (state: State): state is WorkingState =>
  (WORKING as readonly State[]).includes(state);

/** The state after `event`; undefined where the table has no entry: then the event changes nothing. */
export function next(from: From, event: Event): State | undefined {
  return (TRANSITIONS[from] as Partial<Record<Event, State>>)[event];
}

/** The states that allow `event`. A 409 names them. */
export function statesAllowing(event: Event): State[] {
  return STATES.filter((state) => next(state, event) !== undefined);
}
