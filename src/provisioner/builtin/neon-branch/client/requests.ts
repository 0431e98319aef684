/** One request after the other, with whatever fails turned into a `NeonFailure`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { answerIn, BROKEN_OFF, isBrokenOff, NeonFailure } from './failure.js';

/** A repeatable request that failed on the way, or in Neon, is made again so many times within the call. */
const AGAIN_MS = [100, 400];

export type Ask<T> = (params: { signal: AbortSignal }) => Promise<{ data: T; status: number }>;

export class Requests {
  constructor(
    private readonly apiKey: string,
    private readonly signal: AbortSignal,
  ) {}

  /** For a request that changes nothing when it is carried out a second time. */
  async repeatable<T>(doing: string, ask: Ask<T>): Promise<T> {
    for (const waitMs of AGAIN_MS) {
      try {
        return await this.once(doing, ask);
      } catch (error) {
        if (!(error instanceof NeonFailure && error.isInconclusive)) throw error;
        await sleep(waitMs, undefined, { signal: this.signal });
      }
    }
    return this.once(doing, ask);
  }

  async once<T>(doing: string, ask: Ask<T>): Promise<T> {
    this.signal.throwIfAborted();
    try {
      const { data, status } = await ask({ signal: this.signal });
      requireWhole(doing, data, status);
      return data;
    } catch (error) {
      this.signal.throwIfAborted();
      const answer = answerIn(error, this.apiKey);
      if (answer === null) throw error;
      // What the client throws holds the request with its API key, so it does not become the cause.
      // oxlint-disable-next-line eslint/preserve-caught-error
      throw new NeonFailure(doing, answer);
    }
  }
}

/** A success has an object. A page comes from something that is not Neon's API. */
function requireWhole(doing: string, data: unknown, status: number): void {
  if ((typeof data === 'object' && data !== null) || status === 204) return;
  if (isBrokenOff(data) || data === '') throw new NeonFailure(doing, BROKEN_OFF);
  throw new Error("neon-branch: apiUrl gave no JSON; is it Neon's API?");
}
