import type { ActionView, AllocationView } from '../../action/claims/action-view.js';
import type { Begin } from '../../action/updates/begin.js';
import type { Decline } from '../../action/updates/decline.js';
import type { GuardedUpdate } from '../../action/updates/guarded-update.js';
import type { HoldRelease, HoldReleaseResult } from '../../action/updates/release-hold.js';

/**
 * What the run of one action reads and writes. Every write is guarded: it takes effect only while the claim
 * token and the state hold.
 */
export interface RunRepository {
  /** Reads the action again; undefined after a later claim of the action. */
  view(id: string, claimToken: number): Promise<ActionView | undefined>;
  /** Returns the action's allocation; undefined when the action was moved or claimed again. */
  begin(item: Begin): Promise<AllocationView | undefined>;
  /** False when the action was moved or claimed again. */
  decline(item: Decline): Promise<boolean>;
  /** False when the action was moved or claimed again; then nothing was written. */
  apply(update: GuardedUpdate): Promise<boolean>;
  releaseHold(item: HoldRelease): Promise<HoldReleaseResult>;
}
