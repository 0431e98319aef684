import type { ActionStore } from '../../action/action-store.js';
import type { ActionView, AllocationView } from '../../action/action-view.js';
import type { Begin } from '../../action/begin.js';
import type { Decline } from '../../action/decline.js';
import type { GuardedUpdate } from '../../action/guarded-update.js';
import type { HoldRelease, HoldReleaseResult } from '../../action/release-hold.js';

/**
 * The run loop's port to the database. Every write names the claim token and the state that the worker saw,
 * and takes effect only while the row still has both.
 */
export interface RunRepository {
  /** The action as it is now; undefined when a later claim has taken it over. */
  view(id: string, token: number): Promise<ActionView | undefined>;
  /** The allocation that the action now holds; undefined when nothing was written. */
  begin(item: Begin): Promise<AllocationView | undefined>;
  /** False when nothing was written. */
  decline(item: Decline): Promise<boolean>;
  /** False when nothing was written. */
  apply(update: GuardedUpdate): Promise<boolean>;
  releaseHold(item: HoldRelease): Promise<HoldReleaseResult>;
}

export const runRepositoryOf = (store: ActionStore): RunRepository => ({
  view: (id, token) => store.view(id, token),
  begin: (item) => store.begin(item),
  decline: (item) => store.decline(item),
  apply: (update) => store.record(update),
  releaseHold: (item) => store.letGo(item),
});
