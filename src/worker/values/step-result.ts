import type { ActionDeployment } from '../../action/entities/action-deployment.js';
import type { NewHandle } from '../../action/updates/guarded-update.js';
import type { FailReason, FailureReport } from '../../state-machine/action-state.js';

/** How a provision call ended. A `settled` call has no later effect; a `stray` call may still have one. */
export type CallEnd = 'settled' | 'stray';

/** What one step of an action decided. `advance` returns it without writing, `settle` stores it. */
export type StepResult =
  | {
      kind: 'begin';
      deployment: ActionDeployment;
      identity: string;
      keyBase: string;
      options: Readonly<Record<string, unknown>>;
    }
  | { kind: 'ready'; handle: NewHandle; secrets: Record<string, string>; message: string | null }
  /** The provisioner needs more time. `message` is for the person who deploys. */
  | { kind: 'pending'; handle?: NewHandle; message: string; retryAfterMs: number }
  /** With `deployment`: the definition of the action does not serve that deployment. */
  | { kind: 'fail'; reason: FailReason; text: string; call?: CallEnd; deployment?: ActionDeployment }
  /** The deployment needs nothing: `succeeded` is reported without secrets. */
  | { kind: 'skip'; deployment: ActionDeployment; text: string }
  /** Vercel no longer waits for a report of this action. */
  | { kind: 'abandoned'; reason: 'deployment-gone' | 'installation-removed'; text: string }
  | { kind: 'accepted' }
  /** Vercel does not accept `succeeded`. Without `reason` the action's reason is `refused`. */
  | { kind: 'refused'; reason?: 'deployment-settled'; text: string; call?: CallEnd }
  /** `failed` is not reported again: Vercel has it, refuses it, cannot be reached, or no longer waits. */
  | { kind: 'failure-reported'; report: FailureReport }
  | { kind: 'release-hold' }
  /** The action no longer has a hold. `closes`: this action removed the allocation's resource. */
  | { kind: 'gone'; closes: boolean }
  /** A call failed; the same step is due again after a wait. */
  | { kind: 'later'; text: string; retryAfterMs: number | null; call?: CallEnd }
  /** A stray call may still take effect; the same step is due again afterwards. */
  | { kind: 'quieting'; text: string; retryAfterMs: number }
  /** The step was interrupted; the signals say why. */
  | { kind: 'interrupted'; call?: CallEnd };

export type ResultOf<Kind extends StepResult['kind']> = Extract<StepResult, { kind: Kind }>;
