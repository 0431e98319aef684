/** Sends requests one after the other, and turns each failure into a `NeonFailure`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOf, INCOMPLETE_ANSWER, isIncomplete, NeonFailure } from './failure.js';

/** The delays before the retries of a repeatable request that got no answer or one from 500 on. */
const RETRY_DELAYS_MS = [100, 400];

export type NeonCall<T> = (params: { signal: AbortSignal }) => Promise<{ data: T; status: number }>;

export class Requests {
  constructor(
    private readonly apiKey: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Sends an idempotent request, and repeats it after an inconclusive failure. */
  async repeatable<T>(doing: string, ask: NeonCall<T>): Promise<T> {
    for (const waitMs of RETRY_DELAYS_MS) {
      try {
        return await this.once(doing, ask);
      } catch (error) {
        if (!(error instanceof NeonFailure && error.isInconclusive)) throw error;
        await sleep(waitMs, undefined, { signal: this.signal });
      }
    }
    return this.once(doing, ask);
  }

  async once<T>(doing: string, ask: NeonCall<T>): Promise<T> {
    this.signal.throwIfAborted();
    try {
      const { data, status } = await ask({ signal: this.signal });
      requireWhole(doing, data, status);
      return data;
    } catch (error) {
      this.signal.throwIfAborted();
      const answer = answerOf(error, this.apiKey);
      if (answer === null) throw error;
      // What the client throws holds the request with its API key, so it does not become the cause.
      // oxlint-disable-next-line eslint/preserve-caught-error
      throw new NeonFailure(doing, answer);
    }
  }
}

/** Throws unless the answer is an object. A text comes from a server that is not Neon's API. */
function requireWhole(doing: string, data: unknown, status: number): void {
  if ((typeof data === 'object' && data !== null) || status === 204) return;
  if (isIncomplete(data) || data === '') throw new NeonFailure(doing, INCOMPLETE_ANSWER);
  throw new Error("neon-branch: apiUrl answered without JSON; check that apiUrl is Neon's API");
}
