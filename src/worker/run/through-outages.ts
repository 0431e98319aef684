import type { DatabaseWatch } from '../../database/connection/database-watch.js';
import { reportOutage } from '../../database/connection/outage-log.js';
import type { Clock } from '../ports/clock.js';
import type { Signals } from '../values/signals.js';

/** Milliseconds until a statement is repeated after an outage. */
const AGAIN_MS = 100;

export interface OutagePorts {
  readonly database: Pick<DatabaseWatch, 'untilWritable'>;
  readonly clock: Clock;
}

/**
 * Repeats a statement after an outage of the database until the run is interrupted, so that the result of a
 * call is not lost. A guarded write that was committed without an answer counts as moved.
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
