import { CALL_LIMIT_MS } from '../../provisioner/limits.js';
import type { ActionView } from '../../action/claims/action-view.js';
import type { InstallationAccess } from '../../installation/installation-access.js';
import type { DeploymentPrefetch } from '../fetch/deployment-prefetch.js';

/** Why a step is interrupted: the row was moved; the claim or its job is somebody else's now; the process shuts down. */
export type Interruption = 'moved' | 'lost' | 'shutdown';

/** The verdict is committed, and Vercel has to hear it. */
export const isReporting = ({ state, failureReport }: ActionView): boolean =>
  state === 'reporting' || (state === 'failing' && failureReport === null);

/**
 * One claimed action in the hands of this process, from claim until it rests, is deferred or handed back. All that is kept
 * here may be lost at any time: after a crash another worker starts from the row alone.
 */
export class ActionRun {
  /**
   * What is to be reported of a `ready`: its text, the same in every report whatever kept an earlier one from getting through, and
   * its secrets, which are never written down.
   */
  due: { text: string; secrets: Record<string, string> } | null = null;
  /** What Vercel was asked about the deployment before the first step; good for one answer. */
  ahead: DeploymentPrefetch | null = null;
  /** Vercel said that the deployment no longer exists. */
  deploymentGone = false;
  /** The last text that Vercel has shown for us. */
  lastRunning: string | null = null;
  /** When the provision call was recorded as started (monotonic ms) that has not been recorded as ended; null: none is. */
  callOpenedAt: number | null = null;
  /** Monotonic milliseconds of the deadline; Infinity when there is none. */
  deadlineAt: number;
  lost = false;
  /** Changes with every step; tells a late answer of the backstop poll from a fresh one. */
  step = 0;
  /** Inside advance, not inside a write: only then does the row say what `view` says. */
  watchable = false;
  private controller = new AbortController();
  private readonly drained = new AbortController();
  private confirmedAt: number;

  constructor(
    public view: ActionView,
    public access: InstallationAccess,
    /** Failed tries of the present step in a row; a deferred job carries them over. */
    public tries = 0,
    /** A report of the verdict may have reached Vercel though no answer came back. */
    public reportUnknown = view.state === 'reporting',
    private readonly now: () => number = () => performance.now(),
  ) {
    this.confirmedAt = now();
    this.deadlineAt = this.deadlineOf(view);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** For what is of no use after the deadline. */
  get timedSignal(): AbortSignal {
    const { deadlineMs } = this;
    if (deadlineMs === Infinity) return this.signal;
    return AbortSignal.any([this.signal, AbortSignal.timeout(Math.max(1, Math.ceil(deadlineMs)))]);
  }

  /** Ends waits: also when the process begins to shut down, which lets a step under way finish. */
  get waitSignal(): AbortSignal {
    return AbortSignal.any([this.controller.signal, this.drained.signal]);
  }

  /** For the record of a call to Vercel. */
  get about(): { actionId: string; attempt: number } {
    return { actionId: this.view.id, attempt: this.tries + 1 };
  }

  get draining(): boolean {
    return this.drained.signal.aborted;
  }

  get interruption(): Interruption | null {
    return this.controller.signal.aborted ? (this.controller.signal.reason as Interruption) : null;
  }

  get callOpen(): boolean {
    return this.callOpenedAt !== null;
  }

  /** What is left of the open call's time: it counts from the record, as it does for whoever waits for its end. */
  get callMs(): number {
    return CALL_LIMIT_MS - (this.now() - (this.callOpenedAt ?? this.now()));
  }

  get deadlineMs(): number {
    return this.deadlineAt - this.now();
  }

  interrupt(reason: Interruption): void {
    if (reason === 'lost') this.lost = true;
    this.controller.abort(reason);
  }

  /** The process begins to shut down: no further step but a report that is due. */
  drain(): void {
    this.drained.abort();
  }

  /** Takes what was just read from the database as the truth. */
  refresh(view: ActionView, readAt: number): void {
    if (view.state !== this.view.state) this.tries = 0;
    this.view = view;
    this.confirmedAt = readAt;
    this.deadlineAt = this.deadlineOf(view);
    if (this.interruption === 'moved') this.controller = new AbortController();
  }

  /** Notes that a guarded write at `at` still found the claim to be ours. */
  confirm(at: number): void {
    this.confirmedAt = at;
  }

  /** Whether nobody can have taken the action over since it was last confirmed: leases last longer than this. */
  isFresh(withinMs: number): boolean {
    return this.now() - this.confirmedAt < withinMs;
  }

  private deadlineOf(view: ActionView): number {
    return view.deadlineMs === null ? Infinity : this.now() + view.deadlineMs;
  }
}
