/** Thrown to whoever wants to begin something after the end has begun. */
export class Ending extends Error {
  constructor() {
    super('demo: it is ending');
  }
}

/** What has to be undone at the end, last made first: also what was still being made when the end came. */
export class DemoClosing {
  private readonly undoing: (() => Promise<void>)[] = [];
  private closing: Promise<void> | null = null;

  get begun(): boolean {
    return this.closing !== null;
  }

  /**
   * Makes something that `undo` ends; what fails to be made needs no end.
   *
   * @throws Ending once the end has begun; and whatever `make` throws
   */
  async own<T>(make: () => T | Promise<T>, undo: (made: T) => unknown): Promise<T> {
    if (this.begun) throw new Ending();
    const making = (async () => make())();
    const outcome = making.then(
      (made) => ({ made }),
      () => null, // whoever called hears of it
    );
    this.undoing.push(async () => {
      const finished = await outcome;
      if (finished !== null) await undo(finished.made);
    });
    return making;
  }

  /** May be called again. Goes on when one thing does not end, and rejects afterwards. */
  close(): Promise<void> {
    return (this.closing ??= this.run());
  }

  private async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const undo of this.undoing.toReversed()) {
      await undo().catch((error: unknown) => failures.push(error));
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'demo: several things did not end');
  }
}
