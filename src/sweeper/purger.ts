import type { PurgeSubject } from '../action/entities/purge-run.entity.js';
import { BEGINNING, type ActionPurge, type PurgePosition } from '../action/purge/action-purge.repository.js';
import { logEvent } from '../log/log.js';
import { PURGED_KINDS, retentionDeleted } from '../metrics/definitions/sweeper.js';
import type { RetentionConfig } from '../config/env/retention.js';

export interface PurgerOptions {
  purges: Pick<ActionPurge, 'timeBefore' | 'purge'>;
  keep: RetentionConfig;
}

/**
 * Clears away what has been kept for its time, in small transactions; each is on record in `retention_run`.
 */
export class Purger {
  constructor(private readonly around: PurgerOptions) {}

  async run(signal: AbortSignal): Promise<void> {
    const { actionsMs, deliveriesMs } = this.around.keep;
    if (actionsMs !== null) await this.clear('actions', actionsMs, signal);
    if (deliveriesMs !== null) await this.clear('deliveries', deliveriesMs, signal);
  }

  private async clear(subject: PurgeSubject, keepMs: number, signal: AbortSignal): Promise<void> {
    const { purges } = this.around;
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
