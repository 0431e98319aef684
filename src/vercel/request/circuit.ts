/**
 * Keeps a Vercel that fails from being asked more, and us from asking too much at once. One per gateway, so
 * one per host. Costs about 1 µs a call.
 */
import {
  bulkhead,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhenResult,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  wrap,
} from 'cockatiel';
import type { Exchange, Unanswered } from './exchange.js';

/** `half-open`: one call tries whether Vercel is back. */
export type CircuitStatus = 'closed' | 'half-open' | 'open';

export interface CircuitOptions {
  /** Calls at once, those that wait for a connection included. */
  readonly capacity: number;
  /** Network errors, time-outs and 5xx in a row that open the circuit. */
  readonly failures: number;
  /** Milliseconds until one call may try whether Vercel is back. */
  readonly halfOpenAfterMs: number;
  /** Told when it opens, and when it closes after that. Must not throw. */
  readonly onChange?: ((state: 'open' | 'closed') => void) | undefined;
}

const OPEN: Unanswered = { kind: 'unanswered', reason: 'circuit-open', code: 'circuit-open', sent: false };
const FULL: Unanswered = { kind: 'unanswered', reason: 'overloaded', code: 'overloaded', sent: false };

export class Circuit {
  readonly #breaker;
  readonly #policy;
  readonly #onChange: CircuitOptions['onChange'];
  #told: 'open' | 'closed' = 'closed';

  constructor(options: CircuitOptions) {
    this.#breaker = circuitBreaker(
      handleWhenResult((result) => hasFailed(result as Exchange)),
      {
        halfOpenAfter: options.halfOpenAfterMs,
        breaker: new ConsecutiveBreaker(options.failures),
      },
    );
    this.#breaker.onBreak(() => this.#change('open'));
    this.#breaker.onReset(() => this.#change('closed'));
    this.#onChange = options.onChange;
    this.#policy = wrap(bulkhead(options.capacity, 0), this.#breaker);
  }

  get state(): CircuitStatus {
    switch (this.#breaker.state) {
      case CircuitState.Open:
      case CircuitState.Isolated:
        return 'open';
      case CircuitState.HalfOpen:
        return 'half-open';
      case CircuitState.Closed:
        return 'closed';
    }
  }

  /** A try that fails breaks it anew, and it was open all the while. */
  #change(state: 'open' | 'closed'): void {
    if (state === this.#told) return;
    this.#told = state;
    this.#onChange?.(state);
  }

  /**
   * Runs `send`, or answers at once that it may not: `circuit-open` or `overloaded`. Rejects only as `send`
   * does.
   */
  async run(send: () => Promise<Exchange>): Promise<Exchange> {
    // Cockatiel lets other calls wait for the one that tries; ours have deadlines and rather come back later.
    if (this.#breaker.state === CircuitState.HalfOpen) return OPEN;
    try {
      return await this.#policy.execute(async () => notAborted(await send()));
    } catch (error) {
      if (error instanceof Aborted) return error.exchange;
      if (isBrokenCircuitError(error)) return OPEN;
      if (isBulkheadRejectedError(error)) return FULL;
      throw error;
    }
  }
}

/**
 * An aborted call says nothing about Vercel: thrown past the breaker, it neither counts as a failure nor ends
 * a row of them.
 */
class Aborted extends Error {
  constructor(readonly exchange: Exchange) {
    super('circuit: the call was aborted');
  }
}

function notAborted(exchange: Exchange): Exchange {
  if (exchange.kind === 'unanswered' && exchange.reason === 'aborted') throw new Aborted(exchange);
  return exchange;
}

function hasFailed(exchange: Exchange): boolean {
  return exchange.kind === 'unanswered' || exchange.status >= 500;
}
