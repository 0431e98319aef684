/**
 * Limits calls to Vercel: none while Vercel fails, and not too many at once. One circuit per gateway, so one
 * per host. Takes about 1 µs a call.
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

/** `half-open`: one call tests whether Vercel works again. */
export type CircuitStatus = 'closed' | 'half-open' | 'open';

export interface CircuitOptions {
  /** Maximum number of concurrent calls, including those that wait for a connection. */
  readonly capacity: number;
  /** Number of consecutive network errors, timeouts and 5xx answers that open the circuit. */
  readonly failures: number;
  /** Milliseconds until one call may test whether Vercel works again. */
  readonly halfOpenAfterMs: number;
  /** Called when the circuit opens, and when it closes afterwards. Must not throw. */
  readonly onChange?: ((state: 'open' | 'closed') => void) | undefined;
}

const OPEN: Unanswered = { kind: 'unanswered', reason: 'circuit-open', code: 'circuit-open', sent: false };
const FULL: Unanswered = { kind: 'unanswered', reason: 'overloaded', code: 'overloaded', sent: false };

export class Circuit {
  readonly #breaker;
  readonly #policy;
  readonly #onChange: CircuitOptions['onChange'];
  #reported: 'open' | 'closed' = 'closed';

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

  /** A failed test breaks the circuit again, which was open all the time: such a change is not reported. */
  #change(state: 'open' | 'closed'): void {
    if (state === this.#reported) return;
    this.#reported = state;
    this.#onChange?.(state);
  }

  /** Runs `send`, or returns `circuit-open` or `overloaded` at once. Rejects only when `send` rejects. */
  async run(send: () => Promise<Exchange>): Promise<Exchange> {
    // Cockatiel makes other calls wait for the test. Drawbridge's calls have deadlines and are retried later.
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
 * An aborted call says nothing about Vercel. Throwing bypasses the breaker: the call neither counts as a
 * failure nor ends a series of failures.
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
