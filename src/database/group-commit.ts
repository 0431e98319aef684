import { blamesTheData, isLostRace, OverloadedError } from '../errors/database-error.js';

const TRIES = 4;

export interface GroupCommitLimits {
  /** Transactions at once. More of them do not write faster, they only make smaller batches. */
  inFlight: number;
  /** Items in one transaction. */
  size: number;
  /** Items that may wait; more are refused at once with OverloadedError. */
  waiting: number;
}

const DEFAULTS: GroupCommitLimits = { inFlight: 2, size: 100, waiting: 10_000 };

/**
 * Group commit: items that arrive while the database is busy share the next transaction. A lone item goes at
 * once. `flush` writes a list in one transaction and answers in the order of its items.
 */
export class GroupCommit<In, Out> {
  private waiting: { item: In; settle: PromiseWithResolvers<Out> }[] = [];
  private flying = 0;
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
    const settle = Promise.withResolvers<Out>();
    this.waiting.push({ item, settle });
    this.schedule();
    return settle.promise;
  }

  /**
   * After the callbacks of this turn of the event loop, so that what came in together is written together.
   */
  private schedule(): void {
    if (this.scheduled || this.flying >= this.limits.inFlight) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.launch();
    });
  }

  private launch(): void {
    while (this.waiting.length > 0 && this.flying < this.limits.inFlight) {
      const batch = this.waiting.splice(0, this.limits.size);
      this.flying++;
      void this.write(batch).finally(() => {
        this.flying--;
        this.launch();
      });
    }
  }

  private async write(batch: { item: In; settle: PromiseWithResolvers<Out> }[]): Promise<void> {
    try {
      const items = batch.map((entry) => entry.item);
      const results = await retrying(() => this.flush(items));
      batch.forEach((entry, index) => entry.settle.resolve(results[index] as Out));
    } catch (error) {
      if (batch.length > 1 && blamesTheData(error)) {
        for (const entry of batch) await this.write([entry]);
        return;
      }
      batch.forEach((entry) => entry.settle.reject(error));
    }
  }
}

/**
 * Does it again when the database says that the same may well succeed now; for whole transactions and single
 * statements.
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
