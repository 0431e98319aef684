/** Thrown by `own` when the demo is already stopping. */
export class Ending extends Error {
  constructor() {
    super('demo: it is stopping');
  }
}

/** Stops all parts at the end, the last first, also those that are still starting. */
export class DemoClosing {
  private readonly undoing: (() => Promise<void>)[] = [];
  private closing: Promise<void> | null = null;

  get begun(): boolean {
    return this.closing !== null;
  }

  /**
   * Starts a part with `make`. `undo` stops it at the end, unless `make` failed.
   *
   * @throws Ending when the demo is already stopping; and the error of `make`
   */
  async own<T>(make: () => T | Promise<T>, undo: (made: T) => unknown): Promise<T> {
    if (this.begun) throw new Ending();
    const making = (async () => make())();
    const outcome = making.then(
      (made) => ({ made }),
      () => null, // The caller gets the error.
    );
    this.undoing.push(async () => {
      const finished = await outcome;
      if (finished !== null) await undo(finished.made);
    });
    return making;
  }

  /** Stops all parts, and rejects afterwards when some failed. Idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.run());
  }

  private async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const undo of this.undoing.toReversed()) {
      await undo().catch((error: unknown) => failures.push(error));
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'demo: several parts did not stop');
  }
}
