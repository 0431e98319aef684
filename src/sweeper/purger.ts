import { Inject, Injectable } from '@nestjs/common';
import type { PurgeSubject } from '../action/entities/purge-run.entity.js';
import { ActionPurge, BEGINNING, type PurgePosition } from '../action/purge/action-purge.repository.js';
import { CONFIG } from '../config/config.constants.js';
import type { Config } from '../config/config.js';
import { logEvent } from '../log/log.js';
import { PURGED_KINDS, retentionDeleted } from '../metrics/definitions/sweeper.js';

/** Deletes rows after their retention, in small transactions. Each run is recorded in `retention_run`. */
@Injectable()
export class Purger {
  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'retention'>,
    private readonly purges: ActionPurge,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const { actionsMs, deliveriesMs } = this.config.retention;
    if (actionsMs !== null) await this.purge('actions', actionsMs, signal);
    if (deliveriesMs !== null) await this.purge('deliveries', deliveriesMs, signal);
  }

  private async purge(subject: PurgeSubject, keepMs: number, signal: AbortSignal): Promise<void> {
    const until = await this.purges.timeBefore(keepMs);
    let [run, total]: [string | null, number] = [null, 0];
    for (let after: PurgePosition | null = BEGINNING; after !== null && !signal.aborted;) {
      const batch = await this.purges.purge({ subject, until, after, run });
      ({ run, after } = batch);
      total += batch.cleared;
      for (const kind of PURGED_KINDS) retentionDeleted.inc({ kind }, batch.deleted[kind]);
    }
    if (total > 0) logEvent('retention-cleared', { subject, count: total, until, run });
  }
}
