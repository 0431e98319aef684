import type { ActionStore } from '../action/action-store.js';
import { BEGINNING, type PurgePosition, type PurgeSubject } from '../action/purge.js';
import { logEvent } from '../log/log.js';
import { RETAINED, retentionDeleted } from '../metrics/definitions/upkeep.js';
import type { RetentionConfig } from '../config/env/retention.js';

export interface PurgerOptions {
  store: Pick<ActionStore, 'timeBefore' | 'clear'>;
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
    const { store } = this.around;
    const until = await store.timeBefore(keepMs);
    let [run, total]: [string | null, number] = [null, 0];
    for (let after: PurgePosition | null = BEGINNING; after !== null && !signal.aborted;) {
      const batch = await store.clear({ subject, until, after, run });
      ({ run, after } = batch);
      total += batch.cleared;
      for (const kind of RETAINED) retentionDeleted.inc({ kind }, batch.deleted[kind]);
    }
    if (total > 0) logEvent('retention-cleared', { subject, count: total, until, run });
  }
}
