import { Inject, Injectable } from '@nestjs/common';
import { failure, logEvent } from '../../log/log.js';
import { vercelCallsDropped } from '../../metrics/definitions/vercel.js';
import { RelaxedSql, statement, type Session } from '../../database/sql.js';
import type { VercelCall } from './vercel-call.entity.js';

export type RecordedCall = Omit<VercelCall, 'id' | 'at'> & {
  /** The end of the call, epoch milliseconds. */
  at: number;
};

/** Milliseconds for which calls are collected before they are written. */
const GATHER_MS = 200;
const BATCH = 500;
/** Maximum number of calls that wait to be written. Further calls are dropped. */
const MOST_WAITING = 5_000;

/**
 * Records calls to Vercel in the background: no caller waits. Drops and counts calls that the database cannot
 * store in time; no action depends on them.
 */
@Injectable()
export class VercelCallRecorder {
  private waiting: RecordedCall[] = [];
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> | null = null;
  private closed = false;
  private failing = false;

  constructor(@Inject(RelaxedSql) private readonly session: Session) {}

  /** Queues a call. Never throws. */
  note(call: RecordedCall): void {
    if (this.closed || this.waiting.length >= MOST_WAITING) return vercelCallsDropped.inc();
    this.waiting.push(call);
    this.timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Writes the queued calls. Later calls are dropped. */
  async close(): Promise<void> {
    this.closed = true;
    this.flush();
    await this.writing;
  }

  private flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.writing ??= this.writeAll().finally(() => (this.writing = null));
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) await this.write(this.waiting.splice(0, BATCH));
  }

  /** Logs only the first of several consecutive failures. */
  private async write(calls: RecordedCall[]): Promise<void> {
    try {
      await this.session.rows(INSERT, [JSON.stringify(calls)]);
      this.failing = false;
    } catch (error) {
      vercelCallsDropped.inc(calls.length);
      if (!this.failing) logEvent('calls-not-recorded', failure(error));
      this.failing = true;
    }
  }
}

const INSERT = statement(`
  INSERT INTO vercel_call (
    action_id, installation_id, deployment_id, operation, method, path, status, duration_ms, attempt,
    code, told, said, at)
  SELECT w."actionId", w."installationId", w."deploymentId", w.operation, w.method, w.path, w.status,
    w."durationMs", w.attempt, w.code, w.told, w.said, to_timestamp(w.at / 1000.0)
  FROM json_to_recordset($1::json) AS w (
    "actionId" uuid, "installationId" text, "deploymentId" text, operation text, method text, path text,
    status int, "durationMs" int, attempt int, code text, told text, said text, at double precision)`);
