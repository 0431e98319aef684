import { now } from './clock.js';

/** An entry of the twin's log. `at` is in milliseconds since 1970, with a fraction. */
export type Entry = { seq: number; at: number } & EntryDetail;

/** Why a report came too late: the state of the deployment or its action. */
export type LateReason = 'canceled' | 'error' | 'timeout' | 'action-canceled';

export type EntryDetail =
  | {
      /** The twin sends an event. `dropped`: a fault prevented that. */
      kind: 'webhook.sent';
      eventId: string;
      type: string;
      deploymentId: string | null;
      action: string | null;
      attempt: number;
      dropped: boolean;
      body: unknown;
    }
  | {
      /** The result of an attempt. `discarded`: no retry fits into the 24 hours (contract 1.5). */
      kind: 'webhook.result';
      eventId: string;
      type: string;
      deploymentId: string | null;
      attempt: number;
      status: number | null;
      error: string | null;
      durationMs: number;
      outcome: 'delivered' | 'retry' | 'discarded';
      nextInMs: number | null;
    }
  | {
      /** A call of the API. `status` null: the caller got no answer. `executed`: the call took effect. */
      kind: 'api';
      operation: string;
      deploymentId: string | null;
      installationId: string | null;
      resourceId: string | null;
      action: string | null;
      status: number | null;
      message: string | null;
      fault: string | null;
      executed: boolean;
      body: unknown;
      durationMs: number;
    }
  | { kind: 'deployment'; deploymentId: string; change: string; message: string | null }
  | {
      /** A report that came too late: accepted, without effect. */
      kind: 'late';
      deploymentId: string;
      installationId: string;
      resourceId: string;
      action: string;
      status: string | null;
      reason: LateReason;
    }
  | {
      /** A report that contradicts the verdict. The first verdict stays. */
      kind: 'violation';
      deploymentId: string;
      installationId: string;
      resourceId: string;
      action: string;
      rule: 'contradictory-status' | 'changed-secrets';
      message: string;
    };

export type EntryKind = EntryDetail['kind'];

/** How much of the log is kept: everything, nothing, or the last so many entries. */
export type KeepLog = boolean | number;

/** The append-only log. The listener receives every entry, also those that are not kept. */
export class Log {
  private entries: Entry[] = [];
  private seq = 0;

  constructor(
    private readonly keep: KeepLog,
    private readonly listener: ((entry: Entry) => void) | undefined,
  ) {}

  append(detail: EntryDetail): void {
    if (this.keep === false && this.listener === undefined) return;
    const entry: Entry = { seq: ++this.seq, at: now(), ...detail };
    if (this.keep !== false) this.entries.push(entry);
    if (typeof this.keep === 'number' && this.entries.length >= this.keep * 2) {
      this.entries = this.entries.slice(-this.keep);
    }
    this.listener?.(entry);
  }

  /** A copy, oldest first. */
  read(): Entry[] {
    return typeof this.keep === 'number' ? this.entries.slice(-this.keep) : [...this.entries];
  }
}

/** Replaces every secret value of an entry. Replaces values of an unknown shape completely. */
export function redact(entry: Entry): Entry {
  return entry.kind === 'api' ? { ...entry, body: redactReport(entry.body) } : entry;
}

const REDACTED = '[redacted]';
const PLAIN = new Set(['status', 'statusText', 'statusUrl']);

function redactReport(body: unknown): unknown {
  if (body === null || body === undefined) return body;
  return mapObject(body, (key, value) => {
    if (PLAIN.has(key) && typeof value === 'string') return value;
    return key === 'outcomes' ? mapArray(value, redactOutcome) : REDACTED;
  });
}

function redactOutcome(outcome: unknown): unknown {
  return mapObject(outcome, (key, value) => {
    if (key === 'kind' && typeof value === 'string') return value;
    return key === 'secrets' ? mapArray(value, redactSecret) : REDACTED;
  });
}

function redactSecret(secret: unknown): unknown {
  return mapObject(secret, (key, value) => (key === 'name' && typeof value === 'string' ? value : REDACTED));
}

function mapArray(value: unknown, map: (entry: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(map) : REDACTED;
}

function mapObject(value: unknown, map: (key: string, value: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return REDACTED;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, map(key, entry)]));
}
