/** The operations of a project. They run one after the other, and each takes effect at its end. */
import { randomUUID } from 'node:crypto';
import type { EndpointState } from './state.js';

export type OperationKind = 'create_branch' | 'start_compute' | 'suspend_compute' | 'delete_timeline';

export interface OperationState {
  readonly id: string;
  readonly number: number;
  readonly action: OperationKind;
  readonly branchId: string;
  readonly endpointId: string | null;
  readonly createdAt: number;
  readonly startsAt: number;
  readonly endsAt: number;
  /** The operation counts as failed for the first half of its time; then Neon retries it. */
  readonly fails: boolean;
  finished: boolean;
  readonly effect: () => void;
}

export interface OperationStep {
  readonly action: OperationKind;
  readonly endpoint: EndpointState | null;
  readonly effect: () => void;
}

export class Operations {
  readonly #all: OperationState[] = [];
  readonly #failing: OperationKind[] = [];
  #made = 0;

  /** Completes the operations whose time is over. Called before every read. */
  settle(): void {
    const now = Date.now();
    for (const one of this.#all) {
      if (one.finished || one.endsAt > now) continue;
      one.finished = true;
      one.effect();
    }
  }

  isBusy(concerns: (operation: OperationState) => boolean): boolean {
    this.settle();
    return this.#all.some((one) => !one.finished && concerns(one));
  }

  newestFirst(): OperationState[] {
    this.settle();
    return this.#all.toReversed();
  }

  /** Removes the operations of a branch that is deleted by hand. */
  drop(branchId: string): void {
    for (const one of this.#all) if (one.branchId === branchId) one.finished = true;
  }

  failNext(action: OperationKind): void {
    this.#failing.push(action);
  }

  /** Adds operations that run one after the other. */
  schedule(
    branchId: string,
    steps: readonly OperationStep[],
    takesMs: (action: OperationKind) => number,
  ): OperationState[] {
    const now = Date.now();
    let startsAt = now;
    const scheduled = steps.map((step) => {
      const one = this.#operation(branchId, step, { now, startsAt, takesMs: takesMs(step.action) });
      startsAt = one.endsAt;
      return one;
    });
    this.#all.push(...scheduled);
    this.settle();
    return scheduled;
  }

  #operation(
    branchId: string,
    { action, endpoint, effect }: OperationStep,
    { now, startsAt, takesMs }: { now: number; startsAt: number; takesMs: number },
  ): OperationState {
    const fails = this.#takeFailing(action);
    return {
      id: randomUUID(),
      number: ++this.#made,
      action,
      branchId,
      endpointId: endpoint?.id ?? null,
      createdAt: now,
      startsAt,
      endsAt: startsAt + takesMs * (fails ? 2 : 1),
      fails,
      finished: false,
      effect,
    };
  }

  #takeFailing(action: OperationKind): boolean {
    const index = this.#failing.indexOf(action);
    if (index !== -1) this.#failing.splice(index, 1);
    return index !== -1;
  }
}
