import { Injectable } from '@nestjs/common';
import { GroupCommit } from '../../database/group-commit.js';
import { Sql } from '../../database/sql.js';
import type { AllocationView } from '../claims/action-view.js';
import { WORKER_BATCHES } from '../batch-limits.js';
import { begin, type Begin } from './begin.js';
import { decline, type Decline } from './decline.js';
import { applyUpdates, type GuardedUpdate } from './guarded-update.js';
import { releaseHold, type HoldRelease, type HoldReleaseResult } from './release-hold.js';

/**
 * The worker's writes. Claim token and state guard each write. Writes that wait together share a statement.
 */
@Injectable()
export class ActionUpdates {
  private readonly beginning: GroupCommit<Begin, AllocationView | undefined>;
  private readonly declining: GroupCommit<Decline, boolean>;
  private readonly updating: GroupCommit<GuardedUpdate, boolean>;
  private readonly releasing: GroupCommit<HoldRelease, HoldReleaseResult>;

  constructor(sql: Sql) {
    this.beginning = new GroupCommit((items) => begin(sql, items));
    this.declining = new GroupCommit((items) => decline(sql, items));
    this.updating = new GroupCommit((items) => applyUpdates(sql, items));
    this.releasing = new GroupCommit(
      (items) => sql.transaction((session) => releaseHold(session, items)),
      WORKER_BATCHES,
    );
  }

  /**
   * Moves a queued action to `provisioning`. Returns its allocation; undefined when it was moved or
   * overtaken.
   */
  begin(item: Begin): Promise<AllocationView | undefined> {
    return this.beginning.submit(item);
  }

  /** Writes the verdict on a queued action that is not served; false when it was moved or overtaken. */
  decline(item: Decline): Promise<boolean> {
    return this.declining.submit(item);
  }

  /** Writes one guarded update; false, without a write, when the action was moved or overtaken. */
  apply(update: GuardedUpdate): Promise<boolean> {
    return this.updating.submit(update);
  }

  /** Releases the action's hold on its allocation. */
  releaseHold(item: HoldRelease): Promise<HoldReleaseResult> {
    return this.releasing.submit(item);
  }
}
