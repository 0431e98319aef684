/** Faults of the fake Neon: random faults from a seed, or one given answer to the next request of a kind. */

export type FaultKind =
  /** Answers 500 without an effect. */
  | 'server-error'
  /** Answers 503 without an effect. */
  | 'unavailable'
  /** Answers 423 without an effect. */
  | 'locked'
  /** Answers 429 with `Retry-After`, without an effect. */
  | 'rate-limit'
  /** Closes the connection without an answer or an effect. */
  | 'reset'
  /** Takes effect and answers after `slowMs`. */
  | 'slow'
  /** Takes effect, and closes the connection without an answer. */
  | 'lost-answer'
  /** Takes effect, and answers 500. */
  | 'wrong-answer'
  /** Takes effect, sends status and headers, and closes the connection in the middle of the body. */
  | 'torn-answer'
  /** Takes effect, and sends half of the body as a complete one. */
  | 'half-answer';

export const EVERY_FAULT: readonly FaultKind[] = [
  'server-error',
  'unavailable',
  'locked',
  'rate-limit',
  'reset',
  'slow',
  'lost-answer',
  'wrong-answer',
  'torn-answer',
  'half-answer',
];

export interface FaultSettings {
  /** The share of requests with a fault, from 0 to 1. */
  readonly probability: number;
  /** Kinds with equal probability; all kinds by default. */
  readonly kinds?: readonly FaultKind[];
  /** The same seed gives the same faults for the same order of requests. */
  readonly seed?: number;
  /** 300 by default. */
  readonly slowMs?: number;
  /** Seconds in answers 429; 1 by default. */
  readonly retryAfterSeconds?: number;
}

export interface Scripted {
  readonly method: string;
  /** The path below `/api/v2`; any path by default. */
  readonly path?: RegExp;
  /** A kind of fault, or an answer instead of an effect. */
  readonly fault: FaultKind | ScriptedAnswer;
}

export interface ScriptedAnswer {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class NeonFaults {
  #settings: Required<FaultSettings> = complete({ probability: 0 });
  #random = randomFrom(1);
  readonly #scripted: Scripted[] = [];

  /** Replaces the settings at any time. `{ probability: 0 }` ends the random faults. */
  set(settings: FaultSettings): void {
    this.#settings = complete(settings);
    this.#random = randomFrom(this.#settings.seed);
  }

  /** Adds a fault for the next request of this kind. Added faults queue up and come before random ones. */
  next(scripted: Scripted): void {
    this.#scripted.push(scripted);
  }

  /** The fault for a received request; null for none. */
  draw(method: string, path: string): FaultKind | ScriptedAnswer | null {
    const index = this.#scripted.findIndex(
      (one) => one.method === method && (one.path === undefined || one.path.test(path)),
    );
    if (index !== -1) return this.#scripted.splice(index, 1)[0]?.fault ?? null;
    const { probability, kinds } = this.#settings;
    if (this.#random() >= probability) return null;
    return kinds[Math.floor(this.#random() * kinds.length)] ?? null;
  }

  get slowMs(): number {
    return this.#settings.slowMs;
  }

  get retryAfterSeconds(): number {
    return this.#settings.retryAfterSeconds;
  }
}

function complete(settings: FaultSettings): Required<FaultSettings> {
  return { kinds: EVERY_FAULT, seed: 1, slowMs: 300, retryAfterSeconds: 1, ...settings };
}

/** Mulberry32: small, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
