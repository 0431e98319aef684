import { Problem } from '../../http/problems/problem.js';
import type { Operator } from '../auth/operator-tokens.js';

export interface StreamLimitOptions {
  /** What the places are for, in the plural. */
  what: string;
  /** Limit for one operator. */
  each: number;
  /** Limit for one process. */
  all: number;
  /** Part of `all` that is reserved for admins without a limit on installations. */
  reserve: number;
}

const RETRY_AFTER_SECONDS = '5';

/** Limits concurrent long-running responses per operator and per process, with a reserve for admins. */
export class StreamLimit {
  private readonly taken = new Map<string, number>();
  private count = 0;

  constructor(private readonly options: StreamLimitOptions) {}

  /**
   * @returns a function that frees the place; may be called twice
   * @throws Problem `too-many-requests` if the operator has reached its limit; `unavailable` if the process
   * has
   */
  take(operator: Operator): () => void {
    const { what, each, all, reserve } = this.options;
    const own = this.taken.get(operator.name) ?? 0;
    if (own >= each)
      throw refusal(
        'too-many-requests',
        `${operator.name} already has ${each} ${what} open, which is the limit`,
      );
    const most = operator.role === 'admin' && operator.installations === null ? all : all - reserve;
    if (this.count >= most)
      throw refusal('unavailable', `this process already has ${this.count} ${what} open`);
    this.add(operator.name, 1);
    let held = true;
    return () => {
      if (held) this.add(operator.name, -1);
      held = false;
    };
  }

  private add(name: string, by: 1 | -1): void {
    this.count += by;
    const own = (this.taken.get(name) ?? 0) + by;
    if (own === 0) this.taken.delete(name);
    else this.taken.set(name, own);
  }
}

const refusal = (slug: 'too-many-requests' | 'unavailable', detail: string): Problem =>
  new Problem(slug, detail, { headers: { 'retry-after': RETRY_AFTER_SECONDS } });
