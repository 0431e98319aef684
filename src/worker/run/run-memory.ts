import { CALL_LIMIT_MS } from '../../provisioner/limits.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { next } from '../../state-machine/action-state.js';
import type { DeploymentPrefetch } from '../fetch/deployment-prefetch.js';

/**
 * What the report of `succeeded` says. Every report of an action says the same, whatever kept an earlier one
 * from arriving. The secrets are stored nowhere else.
 */
export interface SuccessReport {
  readonly text: string;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * What a worker knows of the action beside its row. Losing it is safe at any time: after a crash another
 * worker starts from the row alone.
 */
export interface RunMemory {
  /** Set in `reporting`, once the secrets are at hand. */
  readonly toReport: SuccessReport | null;
  /**
   * Vercel's answer about the deployment, requested before the first step. Set in `queued`; one step uses it
   * up.
   */
  readonly prefetch: DeploymentPrefetch | null;
  /** Vercel said that the deployment no longer exists. */
  readonly deploymentGone: boolean;
  /** The last progress text that Vercel accepted. */
  readonly lastProgress: string | null;
  /** When the row said that a provision call starts (monotonic ms); null once the row says that it ended. */
  readonly callOpenedAt: number | null;
  /** Monotonic milliseconds of the deadline; Infinity when there is none. */
  readonly deadlineAt: number;
  /** Failed tries of the present step in a row; a deferred job carries them over. */
  readonly tries: number;
  /** A report of the verdict may have reached Vercel though no answer came back. */
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

export const deadlineOf = ({ deadlineMs }: ActionView, readAt: number): number =>
  deadlineMs === null ? Infinity : readAt + deadlineMs;

/** Vercel must hear a verdict that is committed. */
export const isReporting = ({ state, failureReport }: ActionView): boolean =>
  state === 'reporting' || (state === 'failing' && failureReport === null);

/** Whether Vercel says that the deployment is gone and the action has not been released yet. */
export const isAbandoned = (view: ActionView, { deploymentGone }: RunMemory): boolean =>
  deploymentGone && next(view.state, 'release') !== undefined;

/** An action that holds nothing has no secrets: it does not serve its deployment. */
export const needsSecrets = (view: ActionView, { toReport }: RunMemory): boolean =>
  toReport === null && view.hold !== null;

/** Whether the next step calls `provision`. */
export function willProvision(view: ActionView, memory: RunMemory): boolean {
  if (isAbandoned(view, memory)) return false;
  return view.state === 'provisioning' || (view.state === 'reporting' && needsSecrets(view, memory));
}

/**
 * Milliseconds left of the open call's time limit. It counts from the row's record of the call, as for other
 * workers.
 */
export const callTimeLeft = ({ callOpenedAt }: RunMemory, now: number): number =>
  CALL_LIMIT_MS - (now - (callOpenedAt ?? now));
