import type { ActionView } from '../../action/claims/action-view.js';
import { isWorking } from '../../state-machine/action-state.js';
import { reportProgress } from '../steps/step-report.js';
import { advance } from './advance.js';
import { confirmed, isFresh } from './claim.js';
import { callEndOf } from './result-update.js';
import { deadlineOf, isReporting, willProvision, type RunMemory } from './run-memory.js';
import { recordRunMetrics } from './run-metrics.js';
import type { LoopPorts } from '../ports/run-ports.js';
import { settle, type Settlement } from './settle.js';
import { Signals } from './signals.js';
import { deadlineMsOf, type RunState } from './step-input.js';
import type { StepResult } from './step-result.js';
import { throughOutages } from './through-outages.js';
import { isWaitOver, WAIT_HERE_MS, waitLength } from './wait.js';

/** How a run ended: its job is done; it is due again after a while; or a shutdown hands it back at once. */
export type RunEnd = { kind: 'done' } | { kind: 'defer'; ms: number } | { kind: 'handed-back' };

const DONE: RunEnd = { kind: 'done' };

/**
 * The run loop of one claimed action. Each turn decides one step (`advance`) and records what was decided
 * (`settle`), until the action rests, has to wait for long, or belongs to another worker. Both are given
 * values and return values; this class alone assigns them.
 */
export class ActionRun {
  #state: RunState;
  #turn = 0;
  #watchable = false;

  constructor(
    start: RunState,
    private readonly ports: LoopPorts,
    readonly signals: Signals = new Signals(),
  ) {
    this.#state = start;
  }

  get state(): RunState {
    return this.#state;
  }

  get view(): ActionView {
    return this.#state.view;
  }

  get memory(): RunMemory {
    return this.#state.memory;
  }

  /** Changes with every turn; tells a late answer about the row from a fresh one. */
  get turn(): number {
    return this.#turn;
  }

  /** Whether a step is being decided: only then does the row say what `view` says. */
  get watchable(): boolean {
    return this.#watchable;
  }

  async toEnd(): Promise<RunEnd> {
    try {
      while (isWorking(this.view.state)) {
        const end = await this.takeTurn();
        if (end !== null) return end;
      }
      return DONE;
    } finally {
      this.memory.prefetch?.drop();
    }
  }

  private async takeTurn(): Promise<RunEnd | null> {
    this.#turn++;
    const { signals, ports } = this;
    if (!this.reportsWithoutDatabase()) await ports.database.untilWritable(signals.wait);
    if (signals.lost) return DONE;
    if (signals.interruption === 'shutdown' || (signals.draining && !this.holdsSecrets()))
      return this.handBack();
    if (signals.interruption === 'moved' || !this.isFresh()) return this.readAgain();
    if (!(await this.openCall())) return null;
    return this.takeStep();
  }

  private async takeStep(): Promise<RunEnd | null> {
    const before = this.view;
    const result = await this.decide();
    const settlement = await this.record(result);
    const { view, memory } = this;
    const { actions, clock } = this.ports.tools;
    recordRunMetrics({ before, view, deadlineMs: deadlineMsOf(memory, clock) }, result, actions);
    if (settlement.kind === 'moved') await this.reread(result);
    return settlement.kind === 'wait' ? this.pause(settlement) : null;
  }

  private async decide(): Promise<StepResult> {
    this.#watchable = true;
    try {
      const { result, memory } = await advance(this.#state, this.signals, this.ports.tools);
      this.remember(memory);
      return result;
    } finally {
      this.#watchable = false;
    }
  }

  private record(result: StepResult): Promise<Settlement> {
    const { repository, seals } = this.ports;
    return this.persist(async () => {
      const now = this.now();
      const { view, memory, next } = await settle(this.#state, result, { repository, seals, now });
      const claim = next.kind === 'moved' ? this.#state.claim : confirmed(this.#state.claim, now);
      this.#state = { ...this.#state, view, memory, claim };
      return next;
    });
  }

  /**
   * Vercel waits for a verdict that is committed already: an outage of the database does not delay its
   * report.
   */
  private reportsWithoutDatabase(): boolean {
    return this.view.state === 'failing' ? isReporting(this.view) : this.holdsSecrets();
  }

  /** The process would lose these secrets: before it ends it tries once to report them. */
  private holdsSecrets(): boolean {
    return this.view.state === 'reporting' && this.memory.toReport !== null;
  }

  /** The step is not taken, so a call that was only announced cannot have had an effect. */
  private async handBack(): Promise<RunEnd> {
    const { id, attempt, state: from } = this.view;
    if (this.memory.callOpenedAt !== null)
      await this.ports.repository.apply({ id, attempt, from, call: 'settled' });
    return { kind: 'handed-back' };
  }

  /**
   * A provision call is recorded before it is made: when this process dies in it, the next one knows that it
   * may still land.
   */
  private async openCall(): Promise<boolean> {
    if (!willProvision(this.view, this.memory) || this.memory.callOpenedAt !== null) return true;
    const { id, attempt, state: from } = this.view;
    const at = this.now();
    if (await this.persist(() => this.ports.repository.apply({ id, attempt, from, call: 'starts' }))) {
      this.#state = { ...this.#state, claim: confirmed(this.#state.claim, at) };
      this.remember({ ...this.memory, callOpenedAt: at });
      if (this.isFresh()) return true;
    }
    // Paused since the record: that call's time may be over, and the resource may have been removed
    // meanwhile.
    await this.readAgain();
    return false;
  }

  /** A call that was announced long ago and never made is announced again. */
  private async readAgain(): Promise<null> {
    await this.reread(null);
    this.remember({ ...this.memory, callOpenedAt: null });
    return null;
  }

  /**
   * Reads the row again. When the claim is still ours, the end of an open call and its handle are written to
   * the new state.
   */
  private async reread(result: StepResult | null): Promise<void> {
    if (!(await this.refresh()) || result === null || this.memory.callOpenedAt === null) return;
    const { id, attempt, state: from } = this.view;
    const handle = 'handle' in result && result.handle !== undefined ? { handle: result.handle } : {};
    const end = { id, attempt, from, call: callEndOf(result), ...handle };
    if (!(await this.persist(() => this.ports.repository.apply(end)))) return this.reread(result);
    this.remember({ ...this.memory, callOpenedAt: null });
    await this.refresh();
  }

  /** False when a later claim has taken the action over. */
  private async refresh(): Promise<boolean> {
    const at = this.now();
    const { claim, memory, view: known } = this.#state;
    const view = await this.persist(() => this.ports.repository.view(claim.id, claim.token));
    if (view === undefined) {
      this.signals.interrupt('lost');
      return false;
    }
    const tries = view.state === known.state ? memory.tries : 0;
    const read = { ...memory, tries, deadlineAt: deadlineOf(view, this.now()) };
    this.#state = { ...this.#state, view, claim: confirmed(claim, at), memory: read };
    this.signals.acknowledgeMove();
    return true;
  }

  /** Waits here, reporting progress to Vercel meanwhile, or returns how long to wait elsewhere. */
  private async pause(wait: Extract<Settlement, { kind: 'wait' }>): Promise<RunEnd | null> {
    const { signals, ports } = this;
    const { clock, backoff } = ports.tools;
    const ms = waitLength(this.view, this.memory, { ms: wait.ms, now: this.now(), backoff });
    const here = ms <= WAIT_HERE_MS;
    await Promise.all([this.report(wait.progress), here ? clock.sleep(ms, signals.wait) : undefined]);
    if (signals.draining) this.remember({ ...this.memory, toReport: null });
    if (isWaitOver(this.view, this.memory, signals)) return null;
    if (!here) return { kind: 'defer', ms };
    const [access] = await this.persist(() => ports.access([this.view]));
    if (access !== undefined) this.#state = { ...this.#state, access };
    return this.readAgain();
  }

  private async report(progress: string | null): Promise<void> {
    if (progress === null) return;
    const { signals } = this;
    this.remember(await reportProgress({ ...this.#state, signals }, this.ports.tools, progress));
  }

  private remember(memory: RunMemory): void {
    this.#state = { ...this.#state, memory };
  }

  private persist<T>(statement: () => Promise<T>): Promise<T> {
    const { database, tools } = this.ports;
    return throughOutages(this.signals, { database, clock: tools.clock }, statement);
  }

  private isFresh(): boolean {
    return isFresh(this.#state.claim, this.now());
  }

  private now(): number {
    return this.ports.tools.clock.now();
  }
}
