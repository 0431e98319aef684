/**
 * Why a step is interrupted: its row moved; the claim or its job belongs to another worker; the process shuts
 * down.
 */
export type Interruption = 'moved' | 'lost' | 'shutdown';

/** The part of the signals that steps see. */
export interface StepSignals {
  readonly interruption: Interruption | null;
  /** Fires with an interruption. */
  readonly step: AbortSignal;
}

/** Signals from the process to the run of one action. */
export class Signals implements StepSignals {
  private interrupting = new AbortController();
  private readonly drained = new AbortController();
  private isLost = false;

  /** Another worker has claimed the action: this run may not write or report. */
  get lost(): boolean {
    return this.isLost;
  }

  get interruption(): Interruption | null {
    const { signal } = this.interrupting;
    return signal.aborted ? (signal.reason as Interruption) : null;
  }

  get step(): AbortSignal {
    return this.interrupting.signal;
  }

  get draining(): boolean {
    return this.drained.signal.aborted;
  }

  /** Ends waits: fires with an interruption, and when the process begins to shut down. */
  get wait(): AbortSignal {
    return AbortSignal.any([this.interrupting.signal, this.drained.signal]);
  }

  interrupt(reason: Interruption): void {
    if (reason === 'lost') this.isLost = true;
    this.interrupting.abort(reason);
  }

  /** Begins the shutdown: the current step may end. No other step starts, except a due report. */
  drain(): void {
    this.drained.abort();
  }

  /** Clears `moved` after the row was read again. */
  acknowledgeMove(): void {
    if (this.interruption === 'moved') this.interrupting = new AbortController();
  }
}
