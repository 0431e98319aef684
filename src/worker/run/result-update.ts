import type { GuardedUpdate } from '../../action/updates/guarded-update.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { next, type Event, type State } from '../../state-machine/action-state.js';
import type { RunMemory } from '../values/run-memory.js';
import type { CallEnd, ResultOf, StepResult } from '../values/step-result.js';

/** The results that one guarded update of the action's row stores. */
export type UpdateResult = Exclude<StepResult, { kind: 'begin' | 'skip' | 'release-hold' | 'interrupted' }>;

/** A guarded update without its guard. */
export type RowUpdate = Omit<GuardedUpdate, 'id' | 'attempt' | 'from'>;

const REST_OUTCOMES: Partial<Record<State, GuardedUpdate['outcome']>> = {
  failed: 'failed',
  canceled: 'canceled',
};

/** Returns the update for a result. @throws Error when the state machine has no such change */
export function updateFor(view: ActionView, memory: RunMemory, result: UpdateResult): RowUpdate {
  switch (result.kind) {
    case 'ready':
      return readyUpdate(view, result);
    case 'pending':
      return pendingUpdate(view, memory, result);
    case 'fail':
      return { ...move(view, 'fail'), reason: result.reason, ...failureOf(result) };
    case 'abandoned':
      return { ...move(view, 'release'), reason: result.reason, progressText: result.text };
    case 'accepted':
      return { ...move(view, 'accepted'), outcome: 'succeeded', ...textOf(memory) };
    case 'refused':
      return { ...move(view, 'refused'), reason: result.reason ?? 'refused', ...failureOf(result) };
    case 'failure-reported':
      return { failureReport: result.report };
    case 'gone':
      return goneUpdate(view, result);
    case 'later':
    case 'quieting':
      return { ...progress(view, result.text), ...callOf(result) };
    default:
      return result satisfies never;
  }
}

/**
 * Returns the view as the update left the row. The handle of a shared allocation is read again before the
 * next call.
 */
export function viewAfter(view: ActionView, update: RowUpdate): ActionView {
  const { to, failureText, progressText, reason, outcome, closes, failureReport } = update;
  const stays = to === undefined;
  return {
    ...view,
    state: to ?? view.state,
    failureText: failureText ?? (stays || to === 'failed' ? view.failureText : null),
    progressText: progressText ?? (stays ? view.progressText : null),
    failureReport: failureReport ?? (to === 'failing' ? null : view.failureReport),
    reason: reason ?? view.reason,
    outcome: outcome ?? view.outcome,
    hold: closes ? null : view.hold,
  };
}

/** How the open call of an interrupted step ended, for a row that another write has moved. */
export function callEndOf(result: StepResult): CallEnd {
  if (result.kind === 'ready' || result.kind === 'pending' || result.kind === 'begin') return 'settled';
  return ('call' in result ? result.call : undefined) ?? 'stray';
}

/** The state after `event`. @throws Error when the state machine has no such change */
export function stateAfter({ state }: ActionView, event: Event): State {
  const to = next(state, event);
  if (to === undefined) throw new Error(`worker: no transition from ${state} by ${event}`);
  return to;
}

const move = (view: ActionView, event: Event) => ({ event, to: stateAfter(view, event) });

/** A repeated `provision` of an action in `reporting` changes only its handle and text. */
function readyUpdate(view: ActionView, { handle, message }: ResultOf<'ready'>): RowUpdate {
  const moved = view.state === 'provisioning' ? move(view, 'ready') : {};
  return { ...moved, call: 'settled', handle, progressText: message ?? 'ready' };
}

function pendingUpdate(view: ActionView, memory: RunMemory, result: ResultOf<'pending'>): RowUpdate {
  return {
    ...(memory.callOpenedAt === null ? {} : { call: 'settled' as const }),
    ...progress(view, result.message),
    ...(result.handle ? { handle: result.handle } : {}),
  };
}

function goneUpdate(view: ActionView, { closes }: ResultOf<'gone'>): RowUpdate {
  const moved = move(view, 'gone');
  const outcome = REST_OUTCOMES[moved.to];
  return {
    ...moved,
    ...(outcome === undefined ? {} : { outcome }),
    ...(closes ? { closes } : {}),
  };
}

/** While `failed` is reported, only the failure text is stored. */
const progress = ({ state, failureReport }: ActionView, text: string): RowUpdate =>
  state === 'failing' && failureReport === null ? {} : { progressText: text };

const failureOf = (result: ResultOf<'fail' | 'refused'>): RowUpdate => ({
  failureText: result.text,
  ...callOf(result),
});

const textOf = ({ toReport }: RunMemory): RowUpdate =>
  toReport === null ? {} : { progressText: toReport.text };

const callOf = (result: UpdateResult): RowUpdate =>
  'call' in result && result.call ? { call: result.call } : {};
