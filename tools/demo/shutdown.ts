/** Thrown by `own` once the shutdown has begun. */
export class ShuttingDownError extends Error {
  constructor() {
    super('demo: it is stopping');
  }
}

/** Stops all parts, the last one first, also parts that are still starting. */
export class DemoShutdown {
  private readonly stops: (() => Promise<void>)[] = [];
  private running: Promise<void> | null = null;

  get begun(): boolean {
    return this.running !== null;
  }

  /**
   * Starts a part with `make`. The shutdown calls `undo`, unless `make` failed.
   *
   * @throws ShuttingDownError after the shutdown has begun; and the error of `make`
   */
  async own<T>(make: () => T | Promise<T>, undo: (made: T) => unknown): Promise<T> {
    if (this.begun) throw new ShuttingDownError();
    const making = (async () => make())();
    const started = making.then(
      (made) => ({ made }),
      () => null, // The caller gets the error.
    );
    this.stops.push(async () => {
      const finished = await started;
      if (finished !== null) await undo(finished.made);
    });
    return making;
  }

  /** Stops all parts, and rejects afterwards when some failed. Idempotent. */
  close(): Promise<void> {
    return (this.running ??= this.run());
  }

  private async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const undo of this.stops.toReversed()) {
      await undo().catch((error: unknown) => failures.push(error));
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'demo: several parts did not stop');
  }
}
