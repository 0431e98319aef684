import type { ActionView } from '../../action/claims/action-view.js';
import { isWorking } from '../../state-machine/action-state.js';
import { reportProgress } from '../reports/send-report.js';
import { advance } from './advance.js';
import { confirmed, isFresh } from '../values/claim.js';
import { callEndOf } from './result-update.js';
import { deadlineOf, isReporting, willProvision, type RunMemory } from '../values/run-memory.js';
import { recordRunMetrics } from './run-metrics.js';
import type { LoopPorts } from '../ports/run-ports.js';
import { settle, type NextTurn } from './settle.js';
import { Signals } from '../values/signals.js';
import { deadlineMsOf, type RunState } from '../values/step-input.js';
import type { StepResult } from '../values/step-result.js';
import { throughOutages } from './through-outages.js';
import { isWaitOver, WAIT_HERE_MS, waitLength } from './wait.js';

/** How a run ended: its job is done, its job is due again after `ms`, or a shutdown hands it back at once. */
export type RunEnd = { kind: 'done' } | { kind: 'defer'; ms: number } | { kind: 'handed-back' };

const DONE: RunEnd = { kind: 'done' };

/**
 * The run loop of one claimed action. Each turn decides one step (`advance`) and stores its result
 * (`settle`), until the action rests, waits for long, or belongs to another worker. Only this class assigns
 * state.
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

  /** Increases with each turn. Distinguishes a late answer about the row from a current one. */
  get turn(): number {
    return this.#turn;
  }

  /** True while a step is decided. Only then does `view` match the row. */
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
    if (signals.interruption === 'moved') return this.readAgain();
    if (!this.isFresh() && !(await this.isStillOurs())) return null;
    if (!(await this.openCall())) return null;
    return this.takeStep();
  }

  private async takeStep(): Promise<RunEnd | null> {
    const before = this.view;
    const result = await this.decide();
    const next = await this.record(result);
    const { view, memory } = this;
    const { actions, clock } = this.ports.stepPorts;
    recordRunMetrics({ before, view, deadlineMs: deadlineMsOf(memory, clock) }, result, actions);
    if (next.kind === 'moved') await this.reread(result);
    return next.kind === 'wait' ? this.pause(next) : null;
  }

  private async decide(): Promise<StepResult> {
    this.#watchable = true;
    try {
      const { result, memory } = await advance(this.#state, this.signals, this.ports.stepPorts);
      this.remember(memory);
      return result;
    } finally {
      this.#watchable = false;
    }
  }

  private record(result: StepResult): Promise<NextTurn> {
    const { repository, sealer } = this.ports;
    return this.persist(async () => {
      const now = this.now();
      const { view, memory, next } = await settle(this.#state, result, { repository, sealer, now });
      const claim = next.kind === 'moved' ? this.#state.claim : confirmed(this.#state.claim, now);
      this.#state = { ...this.#state, view, memory, claim };
      return next;
    });
  }

  /** A committed verdict is reported even during an outage of the database. */
  private reportsWithoutDatabase(): boolean {
    return this.view.state === 'failing' ? isReporting(this.view) : this.holdsSecrets();
  }

  /** Only this process has the secrets: it tries once to report them before it ends. */
  private holdsSecrets(): boolean {
    return this.view.state === 'reporting' && this.memory.toReport !== null;
  }

  /** The announced call was not made, so it cannot take effect. */
  private async handBack(): Promise<RunEnd> {
    const { id, attempt, state: from } = this.view;
    if (this.memory.callOpenedAt !== null)
      await this.ports.repository.apply({ id, attempt, from, call: 'settled' });
    return { kind: 'handed-back' };
  }

  /**
   * Records a provision call before it is made. After a crash, the next worker knows that it may take effect.
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
    // The process was paused after the write: the call's time may be over, and the resource removed.
    await this.readAgain();
    return false;
  }

  /**
   * Reads the row once before a step. A slow database keeps no claim fresh, and must not stop every step:
   * only a new call of `provision` needs a fresh claim.
   */
  private async isStillOurs(): Promise<boolean> {
    await this.readAgain();
    const { interruption, draining } = this.signals;
    return interruption === null && (!draining || this.holdsSecrets()) && isWorking(this.view.state);
  }

  /** Reads the row. An announced call that was not made is announced again. */
  private async readAgain(): Promise<null> {
    await this.reread(null);
    this.remember({ ...this.memory, callOpenedAt: null });
    return null;
  }

  /** Reads the row again. If the claim still holds, also writes the end of an open call and its handle. */
  private async reread(result: StepResult | null): Promise<void> {
    if (!(await this.refresh()) || result === null || this.memory.callOpenedAt === null) return;
    const { id, attempt, state: from } = this.view;
    const handle = 'handle' in result && result.handle !== undefined ? { handle: result.handle } : {};
    const end = { id, attempt, from, call: callEndOf(result), ...handle };
    if (!(await this.persist(() => this.ports.repository.apply(end)))) return this.reread(result);
    this.remember({ ...this.memory, callOpenedAt: null });
    await this.refresh();
  }

  /** Returns false when another worker has claimed the action. */
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

  /**
   * Waits in this process, or ends the run with a deferred job. Reports progress in both cases. Null
   * continues the loop.
   */
  private async pause(wait: Extract<NextTurn, { kind: 'wait' }>): Promise<RunEnd | null> {
    const { signals, ports } = this;
    const { clock, backoff } = ports.stepPorts;
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
    this.remember(await reportProgress({ ...this.#state, signals }, this.ports.stepPorts, progress));
  }

  private remember(memory: RunMemory): void {
    this.#state = { ...this.#state, memory };
  }

  private persist<T>(statement: () => Promise<T>): Promise<T> {
    const { database, stepPorts } = this.ports;
    return throughOutages(this.signals, { database, clock: stepPorts.clock }, statement);
  }

  private isFresh(): boolean {
    return isFresh(this.#state.claim, this.now());
  }

  private now(): number {
    return this.ports.stepPorts.clock.now();
  }
}
