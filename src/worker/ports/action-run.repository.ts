import { Injectable } from '@nestjs/common';
import { ActionClaims } from '../../action/claims/action-claims.repository.js';
import type { ActionView, AllocationView } from '../../action/claims/action-view.js';
import { ActionUpdates } from '../../action/updates/action-updates.repository.js';
import type { Begin } from '../../action/updates/begin.js';
import type { Decline } from '../../action/updates/decline.js';
import type { GuardedUpdate } from '../../action/updates/guarded-update.js';
import type { HoldRelease, HoldReleaseResult } from '../../action/updates/release-hold.js';
import type { RunRepository } from './run-repository.js';

/** The part of the claims and updates that a run uses. */
@Injectable()
export class ActionRunRepository implements RunRepository {
  constructor(
    private readonly claims: ActionClaims,
    private readonly updates: ActionUpdates,
  ) {}

  view(id: string, claimToken: number): Promise<ActionView | undefined> {
    return this.claims.view(id, claimToken);
  }

  begin(item: Begin): Promise<AllocationView | undefined> {
    return this.updates.begin(item);
  }

  decline(item: Decline): Promise<boolean> {
    return this.updates.decline(item);
  }

  apply(update: GuardedUpdate): Promise<boolean> {
    return this.updates.apply(update);
  }

  releaseHold(item: HoldRelease): Promise<HoldReleaseResult> {
    return this.updates.releaseHold(item);
  }
}
