/** One request after the other, with whatever fails turned into a `NeonFailure`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { answerIn, NeonFailure } from './failure.js';

/** A read that failed on the way, or in Neon, is done again so many times within the call. */
const READ_AGAIN_MS = [100, 400];

export type Ask<T> = (params: { signal: AbortSignal }) => Promise<{ data: T }>;

export class Requests {
  constructor(
    private readonly apiKey: string,
    private readonly signal: AbortSignal,
  ) {}

  async read<T>(doing: string, ask: Ask<T>): Promise<T> {
    for (const waitMs of READ_AGAIN_MS) {
      try {
        return await this.ask(doing, ask);
      } catch (error) {
        if (!(error instanceof NeonFailure) || !isBroken(error)) throw error;
        await sleep(waitMs, undefined, { signal: this.signal });
      }
    }
    return this.ask(doing, ask);
  }

  async ask<T>(doing: string, ask: Ask<T>): Promise<T> {
    this.signal.throwIfAborted();
    try {
      return (await ask({ signal: this.signal })).data;
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

const isBroken = ({ answer: { status } }: NeonFailure): boolean => status === null || status >= 500;
