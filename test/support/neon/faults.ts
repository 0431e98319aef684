/** Faults of the fake Neon: at random from a seed, or one certain answer to the next request of a kind. */

export type FaultKind =
  /** 500, nothing is carried out. */
  | 'server-error'
  /** 503, nothing is carried out. */
  | 'unavailable'
  /** 423, nothing is carried out. */
  | 'locked'
  /** 429 with `Retry-After`, nothing is carried out. */
  | 'rate-limit'
  /** The connection ends without an answer, nothing is carried out. */
  | 'reset'
  /** Carried out after `slowMs`. */
  | 'slow'
  /** Carried out, and then the connection ends without an answer. */
  | 'lost-answer'
  /** Carried out, and then 500. */
  | 'wrong-answer'
  /** Carried out; status and headers come, and the connection ends in the middle of the body. */
  | 'torn-answer'
  /** Carried out; half of the body comes as if it were all of it. */
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
  /** 0 to 1: the share of requests that get one. */
  readonly probability: number;
  /** Drawn with equal chances; every kind unless told. */
  readonly kinds?: readonly FaultKind[];
  /** The same seed draws the same faults for the same order of requests. */
  readonly seed?: number;
  /** 300 unless told. */
  readonly slowMs?: number;
  /** Of 429; 1 unless told. */
  readonly retryAfterSeconds?: number;
}

export interface Scripted {
  readonly method: string;
  /** Of the path below `/api/v2`; any unless told. */
  readonly path?: RegExp;
  /** A kind of fault, or an answer that is given in place of carrying the request out. */
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

  /** Replaces the settings, at any time; `{ probability: 0 }` ends them. */
  set(settings: FaultSettings): void {
    this.#settings = complete(settings);
    this.#random = randomFrom(this.#settings.seed);
  }

  /** For the next request of that kind, once; they queue up and come before those at random. */
  next(scripted: Scripted): void {
    this.#scripted.push(scripted);
  }

  /** For one request that has come in. */
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
