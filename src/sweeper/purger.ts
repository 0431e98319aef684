import type { PurgeSubject } from '../action/entities/purge-run.entity.js';
import { BEGINNING, type ActionPurge, type PurgePosition } from '../action/purge/action-purge.repository.js';
import { logEvent } from '../log/log.js';
import { PURGED_KINDS, retentionDeleted } from '../metrics/definitions/sweeper.js';
import type { RetentionConfig } from '../config/env/retention.js';

export interface PurgerOptions {
  purges: Pick<ActionPurge, 'timeBefore' | 'purge'>;
  keep: RetentionConfig;
}

/** Deletes rows after their retention, in small transactions. Each run is recorded in `retention_run`. */
export class Purger {
  constructor(private readonly options: PurgerOptions) {}

  async run(signal: AbortSignal): Promise<void> {
    const { actionsMs, deliveriesMs } = this.options.keep;
    if (actionsMs !== null) await this.purge('actions', actionsMs, signal);
    if (deliveriesMs !== null) await this.purge('deliveries', deliveriesMs, signal);
  }

  private async purge(subject: PurgeSubject, keepMs: number, signal: AbortSignal): Promise<void> {
    const { purges } = this.options;
    const until = await purges.timeBefore(keepMs);
    let [run, total]: [string | null, number] = [null, 0];
    for (let after: PurgePosition | null = BEGINNING; after !== null && !signal.aborted;) {
      const batch = await purges.purge({ subject, until, after, run });
      ({ run, after } = batch);
      total += batch.cleared;
      for (const kind of PURGED_KINDS) retentionDeleted.inc({ kind }, batch.deleted[kind]);
    }
    if (total > 0) logEvent('retention-cleared', { subject, count: total, until, run });
  }
}
