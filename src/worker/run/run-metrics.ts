import { next, type Event } from '../../state-machine/action-state.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { statusTextOf } from '../../action/status-text.js';
import { LONGEST_DEADLINE_MS } from '../../config/actions-file/action-definition.js';
import { isLogged, logEvent } from '../../log/log.js';
import {
  actionsFinished,
  actionsReleased,
  deadlineLeft,
  FINISHES,
  unblockSeconds,
  type Finish,
} from '../../metrics/definitions/actions.js';
import { actionLabel } from '../../metrics/declared-labels.js';
import type { StepResult } from '../values/step-result.js';
import type { StepPorts } from '../ports/step-ports.js';

type Actions = StepPorts['actions'];

/** A step that was recorded: the action as the step found it, and afterwards. */
export interface StepChange {
  readonly before: ActionView;
  readonly view: ActionView;
  readonly deadlineMs: number;
}

/** Counts and logs the changes of a step after their commit. */
export function recordRunMetrics(change: StepChange, result: StepResult, actions: Actions): void {
  const { before, view } = change;
  if (result.kind === 'failure-reported' && result.report === 'accepted')
    recordVerdict(change, 'failed', actions);
  if (view.state === before.state) return;
  if (isLogged('debug')) logMove(before, view, result);
  if (result.kind === 'accepted') recordVerdict(change, 'succeeded', actions);
  if (result.kind === 'abandoned') recordRelease(view, result.reason);
  const finish = FINISHES.find((state) => state === view.state);
  if (finish !== undefined) recordFinish(view, finish, actions);
}

const EVENT_OF: Partial<Record<StepResult['kind'], Event>> = {
  begin: 'begin',
  skip: 'skip',
  ready: 'ready',
  fail: 'fail',
  abandoned: 'release',
  accepted: 'accepted',
  refused: 'refused',
  'release-hold': 'gone',
  gone: 'gone',
};

function logMove({ state: from }: ActionView, view: ActionView, { kind }: StepResult): void {
  const transition = EVENT_OF[kind];
  if (transition === undefined || next(from, transition) !== view.state) return;
  const reason = transition === 'fail' || transition === 'refused' ? view.reason : null;
  logEvent('action-moved', { ...about(view), transition, from, to: view.state, reason });
}

function recordRelease(view: ActionView, reason: 'deployment-gone' | 'installation-removed'): void {
  actionsReleased.inc({ reason });
  logEvent('action-released', { ...about(view), reason });
}

function recordFinish(view: ActionView, outcome: Finish, actions: Actions): void {
  const reason = outcome === 'failed' ? (view.reason ?? '') : '';
  actionsFinished.inc({ action: actionLabel(view.action, actions), outcome, reason });
  const allocationKey = view.allocation?.key;
  logEvent('action-finished', {
    ...about(view),
    allocationKey,
    outcome,
    reason: reason || null,
    text: statusTextOf(view),
  });
}

function recordVerdict(
  { view, deadlineMs }: StepChange,
  outcome: 'succeeded' | 'failed',
  actions: Actions,
): void {
  const whole = actions.get(view.action)?.deadlineMs ?? LONGEST_DEADLINE_MS;
  if (deadlineMs === Infinity) return;
  const seconds = Math.max(0, whole - deadlineMs) / 1000;
  logEvent('verdict-accepted', { ...about(view), outcome, seconds: Math.round(seconds * 1000) / 1000 });
  const action = actionLabel(view.action, actions);
  unblockSeconds.observe({ action, outcome }, seconds);
  deadlineLeft.observe({ action }, Math.max(0, deadlineMs) / 1000);
}

/** Names an action in a log line. */
export function about({ id, installationId, resourceId, deploymentId, action }: ActionView) {
  return { actionId: id, installationId, resourceId, deploymentId, action };
}
