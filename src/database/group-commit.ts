import { blamesTheData, isLostRace, OverloadedError } from '../errors/database-error.js';

const TRIES = 4;

export interface GroupCommitLimits {
  /** Maximum number of concurrent transactions. More of them do not write faster and make batches smaller. */
  inFlight: number;
  /** Maximum number of items in one transaction. */
  size: number;
  /** Maximum number of waiting items. Further items are rejected at once with OverloadedError. */
  waiting: number;
}

const DEFAULTS: GroupCommitLimits = { inFlight: 2, size: 100, waiting: 10_000 };

/**
 * Group commit: items that arrive while the database is busy share the next transaction. A single item is
 * written at once. `flush` writes a list in one transaction and returns one result per item, in the same
 * order.
 */
export class GroupCommit<In, Out> {
  private waiting: { item: In; result: PromiseWithResolvers<Out> }[] = [];
  private inFlight = 0;
  private scheduled = false;

  constructor(
    private readonly flush: (items: In[]) => Promise<Out[]>,
    private readonly limits: GroupCommitLimits = DEFAULTS,
  ) {}

  submit(item: In): Promise<Out> {
    if (this.waiting.length >= this.limits.waiting) {
      return Promise.reject(
        new OverloadedError(`${this.waiting.length} writes are waiting for the database`),
      );
    }
    const result = Promise.withResolvers<Out>();
    this.waiting.push({ item, result });
    this.schedule();
    return result.promise;
  }

  /**
   * Runs after the callbacks of this turn of the event loop, so that items that arrived together share a
   * batch.
   */
  private schedule(): void {
    if (this.scheduled || this.inFlight >= this.limits.inFlight) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.launch();
    });
  }

  private launch(): void {
    while (this.waiting.length > 0 && this.inFlight < this.limits.inFlight) {
      const batch = this.waiting.splice(0, this.limits.size);
      this.inFlight++;
      void this.write(batch).finally(() => {
        this.inFlight--;
        this.launch();
      });
    }
  }

  private async write(batch: { item: In; result: PromiseWithResolvers<Out> }[]): Promise<void> {
    try {
      const items = batch.map((entry) => entry.item);
      const results = await retrying(() => this.flush(items));
      batch.forEach((entry, index) => entry.result.resolve(results[index] as Out));
    } catch (error) {
      if (batch.length > 1 && blamesTheData(error)) {
        for (const entry of batch) await this.write([entry]);
        return;
      }
      batch.forEach((entry) => entry.result.reject(error));
    }
  }
}

/**
 * Repeats `work`, a whole transaction or a single statement, when the database reports a lost race: the same
 * work may succeed now.
 */
export async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= TRIES || !isLostRace(error)) throw error;
    }
  }
}
