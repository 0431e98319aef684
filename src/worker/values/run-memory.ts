import { CALL_LIMIT_MS } from '../../provisioner/limits.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { next } from '../../state-machine/action-state.js';
import type { DeploymentPrefetch } from '../ports/deployment-prefetch.js';

/** The report of `succeeded`. Every repetition is identical. The secrets are stored nowhere else. */
export interface SuccessReport {
  readonly text: string;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * A worker's knowledge of an action beside its row. It may be lost at any time: after a crash another worker
 * starts from the row.
 */
export interface RunMemory {
  /** Set in `reporting`, once the secrets are known. */
  readonly toReport: SuccessReport | null;
  /** Vercel's answer about the deployment, requested before the first step. Used once, in `queued`. */
  readonly prefetch: DeploymentPrefetch | null;
  /** Vercel said that the deployment no longer exists. */
  readonly deploymentGone: boolean;
  /** The last progress text that Vercel accepted. */
  readonly lastProgress: string | null;
  /** Monotonic milliseconds at which the open provision call was recorded; null without one. */
  readonly callOpenedAt: number | null;
  /** Monotonic milliseconds of the deadline; Infinity when there is none. */
  readonly deadlineAt: number;
  /** Failed tries of the current step in a row; a deferred job carries them over. */
  readonly tries: number;
  /** A report of the verdict may have reached Vercel, although no answer came back. */
  readonly reportUnknown: boolean;
}

/** What a claim and its job carry over from earlier workers. */
export type CarriedMemory = Pick<RunMemory, 'tries' | 'reportUnknown'> & {
  prefetch?: DeploymentPrefetch | null;
};

export function startMemory(view: ActionView, carried: CarriedMemory, now: number): RunMemory {
  return {
    toReport: null,
    prefetch: null,
    deploymentGone: false,
    lastProgress: null,
    callOpenedAt: null,
    deadlineAt: deadlineOf(view, now),
    ...carried,
  };
}

/** Milliseconds after the deadline in which `failed` is still reported. */
export const REPORT_FAILED_FOR_MS = 60_000;

export const deadlineOf = ({ deadlineMs }: ActionView, readAt: number): number =>
  deadlineMs === null ? Infinity : readAt + deadlineMs;

/** Whether a committed verdict has to be reported. */
export const isReporting = ({ state, failureReport }: ActionView): boolean =>
  state === 'reporting' || (state === 'failing' && failureReport === null);

/** Whether Vercel says that the deployment is gone and the action has not been released yet. */
export const isAbandoned = (view: ActionView, { deploymentGone }: RunMemory): boolean =>
  deploymentGone && next(view.state, 'release') !== undefined;

/** Whether `provision` has to return the secrets again. An action without a hold has none. */
export const needsSecrets = (view: ActionView, { toReport }: RunMemory): boolean =>
  toReport === null && view.hold !== null;

/** Whether the next step calls `provision`. */
export function willProvision(view: ActionView, memory: RunMemory): boolean {
  if (isAbandoned(view, memory)) return false;
  return view.state === 'provisioning' || (view.state === 'reporting' && needsSecrets(view, memory));
}

/** Milliseconds left of the open call's time limit. The limit counts from the row's record of the call. */
export const callTimeLeft = ({ callOpenedAt }: RunMemory, now: number): number =>
  CALL_LIMIT_MS - (now - (callOpenedAt ?? now));
