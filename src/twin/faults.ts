import {
  array,
  check,
  integer,
  number,
  object,
  oneOf,
  optional,
  required,
  text,
  Wrong,
  type CheckedRequest,
  type Reader,
} from './api/check.js';

/**
 * How often a fault applies. `count`: only the first so many times. `probability`: each time at random, 0 to
 * 1. Both: at random, at most `count` times. Neither: every time.
 */
export interface Chance {
  count?: number;
  probability?: number;
}

export const WEBHOOK_OPERATIONS = ['start', 'cancel', 'cleanup', 'removed', 'transferred'] as const;
export const API_OPERATIONS = ['update-action', 'get-deployment', 'get-account'] as const;
export type WebhookOperation = (typeof WEBHOOK_OPERATIONS)[number];
export type ApiOperation = (typeof API_OPERATIONS)[number];

/**
 * Faults to inject. All times are real; the clock factor does not shorten them. Of several API faults in one
 * set, `slow` is added to any other; of the others, the first that applies is used, in the order of this
 * type.
 */
export interface Faults {
  /** Seed of the random numbers. Of several sets, the first seed counts. Default: the twin's seed. */
  seed?: number;
  /** Applies to this deployment only. Default: all. */
  deployment?: string;
  /** Applies to this webhook or API call only. Default: all. */
  operation?: WebhookOperation | ApiOperation;
  webhooks?: {
    /** Each event is sent `times` times at once, with the same id. */
    duplicate?: Chance & { times: number };
    /**
     * An event waits until a later event about the same action was delivered, at most `windowMs` (60,000).
     */
    reorder?: Chance & { windowMs?: number };
    /** An event is sent `ms` milliseconds later. */
    delay?: Chance & { ms: number };
    /** The first `attempts` attempts do not arrive and count as failed; then Vercel's backoff applies. */
    drop?: Chance & { attempts: number };
  };
  api?: {
    /** The call takes `ms` milliseconds longer. It takes effect at the end. */
    slow?: Chance & { ms: number };
    /** The connection breaks before the call takes effect. */
    reset?: Chance;
    /** Answers 429 with `Retry-After: retryAfterSeconds` (contract 5); no effect. */
    status429?: Chance & { retryAfterSeconds: number };
    /** Answers `status` (500); no effect. */
    status5xx?: Chance & { status?: 500 | 502 | 503 | 504 };
    /**
     * Answers 410 with `code` (`gone`), as any operation of Vercel may. Says nothing about a deployment. No
     * effect.
     */
    status410?: Chance & { code?: string };
    /** Answers 404 with the code `not_found`, as for a deployment that the token does not find. No effect. */
    status404?: Chance;
    /** The call takes effect; then the connection breaks. */
    executeThenReset?: Chance;
    /**
     * The call takes effect. The answer never comes, and the connection stays open until the caller closes
     * it.
     */
    executeThenTimeout?: Chance;
  };
}

const MAX_MS = 24 * 3600 * 1000;
const MAX_COUNT = 1_000_000_000;
const chance = { count: optional(integer(0, MAX_COUNT)), probability: optional(number(0, 1)) };

const faults = object({
  seed: optional(integer(0, Number.MAX_SAFE_INTEGER)),
  deployment: optional(text),
  operation: optional(oneOf(...WEBHOOK_OPERATIONS, ...API_OPERATIONS)),
  webhooks: optional(
    object({
      duplicate: optional(object({ ...chance, times: required(integer(2, 100)) })),
      reorder: optional(object({ ...chance, windowMs: optional(integer(1, MAX_MS)) })),
      delay: optional(object({ ...chance, ms: required(integer(0, MAX_MS)) })),
      drop: optional(object({ ...chance, attempts: required(integer(1, 1000)) })),
    }),
  ),
  api: optional(
    object({
      slow: optional(object({ ...chance, ms: required(integer(0, MAX_MS)) })),
      reset: optional(object(chance)),
      status429: optional(object({ ...chance, retryAfterSeconds: required(integer(0, 86_400)) })),
      status5xx: optional(object({ ...chance, status: optional(oneOf(500, 502, 503, 504)) })),
      status410: optional(object({ ...chance, code: optional(text) })),
      status404: optional(object(chance)),
      executeThenReset: optional(object(chance)),
      executeThenTimeout: optional(object(chance)),
    }),
  ),
});

/** Reads one set of faults, or a list. Refuses a set whose faults cannot occur with its operation. */
export const readFaults: Reader<Faults[]> = (value, path) => {
  const sets: Faults[] = Array.isArray(value) ? array(faults)(value, path) : [faults(value, path)];
  for (const { operation, webhooks, api } of sets) {
    if (operation === undefined) continue;
    const forApi = (API_OPERATIONS as readonly string[]).includes(operation);
    if (forApi ? webhooks : api) {
      throw new Wrong(`${path}.${forApi ? 'webhooks' : 'api'} never happens with operation ${operation}`);
    }
  }
  return sets;
};

export function checkFaults(value: unknown): CheckedRequest<Faults[]> {
  return check(readFaults, value, 'faults');
}

type Subject = { deploymentId: string | null; operation: WebhookOperation | ApiOperation };
type WebhookFaults = NonNullable<Faults['webhooks']>;
type ApiFaults = NonNullable<Faults['api']>;
type WebhookFault = keyof WebhookFaults;
type ApiFault = keyof ApiFaults;

/**
 * Decides when faults apply. With the same seed and the same order of calls, the same faults apply. New
 * faults reset every count and the random numbers.
 */
export class FaultPlan {
  private sets: Faults[] = [];
  private applied = new WeakMap<Chance, number>();
  private random: () => number;

  constructor(private readonly seed: number) {
    this.random = mulberry32(seed);
  }

  get current(): Faults[] {
    return structuredClone(this.sets);
  }

  replace(sets: Faults[]): void {
    this.random = mulberry32(sets.find((set) => set.seed !== undefined)?.seed ?? this.seed);
    this.applied = new WeakMap();
    this.sets = structuredClone(sets);
  }

  add(sets: Faults[]): void {
    this.sets.push(...structuredClone(sets));
  }

  /** Returns the fault to apply to this webhook now, or undefined. A returned fault counts as applied. */
  webhook<F extends WebhookFault>(fault: F, subject: Subject): WebhookFaults[F] | undefined {
    return this.find<NonNullable<WebhookFaults[F]>>(subject, (set) => set.webhooks?.[fault] ?? undefined);
  }

  /** Returns the fault to apply to this API call now, or undefined. */
  api<F extends ApiFault>(fault: F, subject: Subject): ApiFaults[F] | undefined {
    return this.find<NonNullable<ApiFaults[F]>>(subject, (set) => set.api?.[fault] ?? undefined);
  }

  private find<C extends Chance>(subject: Subject, pick: (set: Faults) => C | undefined): C | undefined {
    for (const set of this.sets) {
      const fault = pick(set);
      if (fault === undefined || !concerns(set, subject)) continue;
      if (this.applies(fault)) return fault;
    }
    return undefined;
  }

  private applies(fault: Chance): boolean {
    const before = this.applied.get(fault) ?? 0;
    if (fault.count !== undefined && before >= fault.count) return false;
    if (fault.probability !== undefined && this.random() >= fault.probability) return false;
    this.applied.set(fault, before + 1);
    return true;
  }
}

function concerns(set: Faults, subject: Subject): boolean {
  if (set.deployment !== undefined && set.deployment !== subject.deploymentId) return false;
  return set.operation === undefined || set.operation === subject.operation;
}

/** A small seeded generator of numbers from 0 to 1 (mulberry32). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
