import type { DatabaseWatch } from '../../database/connection/database-watch.js';
import { reportOutage } from '../../database/connection/outage-log.js';
import type { Clock } from '../ports/clock.js';
import type { Signals } from './signals.js';

/** Until a statement is tried again that an outage kept from being run. */
const AGAIN_MS = 100;

export interface OutagePorts {
  readonly database: Pick<DatabaseWatch, 'untilWritable'>;
  readonly clock: Clock;
}

/**
 * Runs a statement again after an outage of the database, for as long as the run may go on: the answer of a
 * call outside is not lost. Writes are guarded by claim token and state, so one that was committed although
 * its answer was lost counts as moved.
 */
export async function throughOutages<T>(
  signals: Signals,
  { database, clock }: OutagePorts,
  statement: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      if (reportOutage(error) === null || signals.lost || signals.wait.aborted) throw error;
      await database.untilWritable(signals.wait);
      await clock.sleep(AGAIN_MS, signals.wait);
    }
  }
}
