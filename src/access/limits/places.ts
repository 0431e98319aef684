import { Problem } from '../../http/problems/problem.js';
import type { Operator } from '../auth/operator-tokens.js';

export interface PlacesOptions {
  /** What they are for, in the plural. */
  what: string;
  /** For one operator. */
  each: number;
  /** Of one process. */
  all: number;
  /** Of these, kept for admins who see everything. */
  reserve: number;
}

const RETRY_AFTER_SECONDS = '5';

/** Places for answers that last. One operator cannot take all of them, and all others together cannot take those that admins need. */
export class Places {
  private readonly taken = new Map<string, number>();
  private count = 0;

  constructor(private readonly options: PlacesOptions) {}

  /**
   * @returns gives the place back; may be called twice
   * @throws Problem `too-many-requests` when this operator has as many as allowed; `unavailable` when the process has
   */
  take(operator: Operator): () => void {
    const { what, each, all, reserve } = this.options;
    const own = this.taken.get(operator.name) ?? 0;
    if (own >= each)
      throw refusal('too-many-requests', `${operator.name} has ${each} ${what} open, the most allowed`);
    const most = operator.role === 'admin' && operator.installations === null ? all : all - reserve;
    if (this.count >= most)
      throw refusal('unavailable', `this process has ${this.count} ${what} open already`);
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
