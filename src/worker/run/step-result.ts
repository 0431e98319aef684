import type { ActionDeployment } from '../../action/entities/action-deployment.js';
import type { NewHandle } from '../../action/updates/guarded-update.js';
import type { FailReason, FailureReport } from '../../state-machine/action-state.js';

/** How a provision call ended: `settled` can have no later effect; of a `stray` one nobody knows. */
export type CallEnd = 'settled' | 'stray';

/** What one step of an action came to. `advance` decides it without the database, `settle` writes it. */
export type StepResult =
  | {
      kind: 'begin';
      facts: ActionDeployment;
      identity: string;
      keyBase: string;
      options: Readonly<Record<string, unknown>>;
    }
  | { kind: 'ready'; handle: NewHandle; secrets: Record<string, string>; message: string | null }
  /** The provisioner is not there yet; the text is for the person who deploys. */
  | { kind: 'pending'; handle?: NewHandle; message: string; retryAfterMs: number }
  /** With `facts`: of a deployment that is not served. */
  | { kind: 'fail'; reason: FailReason; text: string; call?: CallEnd; facts?: ActionDeployment }
  /** Nothing has to be made for this deployment: Vercel is told `succeeded`, without secrets. */
  | { kind: 'skip'; facts: ActionDeployment; text: string }
  /** Nobody is left to report to. */
  | { kind: 'abandoned'; reason: 'deployment-gone' | 'installation-removed'; text: string }
  | { kind: 'accepted' }
  /** Without a reason of its own: Vercel does not accept `succeeded`. */
  | { kind: 'refused'; reason?: 'deployment-settled'; text: string; call?: CallEnd }
  /** Vercel is not offered `failed` again: it has it, refuses it, cannot be reached, or no longer waits. */
  | { kind: 'told'; report: FailureReport }
  | { kind: 'let-go' }
  /** Nothing is owned outside any more; `closes`: this action took it away. */
  | { kind: 'gone'; closes: boolean }
  /** Something outside did not work out; the same step again after a while. */
  | { kind: 'later'; text: string; retryAfterMs: number | null; call?: CallEnd }
  /** `gone` does not count yet: a stray call may still take effect. */
  | { kind: 'quieting'; text: string; retryAfterMs: number }
  /** The step was interrupted: the action was moved, overtaken, or the process shuts down. */
  | { kind: 'interrupted'; call?: CallEnd };
