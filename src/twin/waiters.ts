import { TwinError } from './twin-error.js';

interface Waiter {
  deploymentId: string | null;
  check(): void;
  fail(error: Error): void;
}

/** Waits for conditions. Checks them after each change and never polls. */
export class Waiters {
  private readonly general = new Set<Waiter>();
  private readonly byDeployment = new Map<string, Set<Waiter>>();

  /**
   * Resolves when `done` returns true. With a deployment, checks only after changes of that deployment.
   * Rejects after `timeoutMs` with the text of `describe`, when `done` throws, and when the twin closes.
   */
  until(
    done: () => boolean,
    timeoutMs: number,
    describe: () => string,
    deploymentId: string | null = null,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (settle: () => void) => {
        clearTimeout(timer);
        this.leave(waiter);
        settle();
      };
      const waiter: Waiter = {
        deploymentId,
        fail: (error) => leave(() => reject(error)),
        check: () => {
          try {
            if (done()) leave(resolve);
          } catch (error) {
            leave(() => reject(new Error('twin: the awaited condition threw', { cause: error })));
          }
        },
      };
      const timer = setTimeout(() => waiter.fail(new Error(describe())), timeoutMs);
      this.enter(waiter);
      waiter.check();
    });
  }

  changed(deploymentId: string | null): void {
    if (deploymentId !== null) this.byDeployment.get(deploymentId)?.forEach((waiter) => waiter.check());
    this.general.forEach((waiter) => waiter.check());
  }

  close(): void {
    const all = [...this.general, ...[...this.byDeployment.values()].flatMap((set) => [...set])];
    for (const waiter of all) waiter.fail(new TwinError('closed', 'twin: closed while waiting'));
  }

  private enter(waiter: Waiter): void {
    this.setOf(waiter.deploymentId).add(waiter);
  }

  private leave(waiter: Waiter): void {
    const set = this.setOf(waiter.deploymentId);
    set.delete(waiter);
    if (set.size === 0 && waiter.deploymentId !== null) this.byDeployment.delete(waiter.deploymentId);
  }

  private setOf(deploymentId: string | null): Set<Waiter> {
    if (deploymentId === null) return this.general;
    const set = this.byDeployment.get(deploymentId) ?? new Set();
    this.byDeployment.set(deploymentId, set);
    return set;
  }
}
