import { Injectable } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { WORKER_BATCHES } from '../../action/batch-limits.js';
import { ActionClaims } from '../../action/claims/action-claims.repository.js';
import type { ActionView } from '../../action/claims/action-view.js';
import { jobFor } from '../../action/job-outbox.js';
import { GroupCommit } from '../../database/group-commit.js';
import { QUEUE, queueDb, type ActionJob } from '../../database/queue/queue.js';
import { RelaxedSql, Sql } from '../../database/sql.js';
import type { RunEnd } from '../run/action-run.js';

/** A fetched job. `retryCount` distinguishes its attempts. */
export interface FetchedJob {
  id: string;
  retryCount: number;
  data: ActionJob;
}

export interface FinishedJob {
  job: FetchedJob;
  /** Null when the action had nothing to do. */
  view: ActionView | null;
  ended: RunEnd;
  /** What the next job carries over; see ActionJob. */
  carry: Pick<ActionJob, 'tries' | 'reportUnknown'>;
}

/** Completes jobs in batches. Inserts the next job of an action that was deferred or handed back. */
@Injectable()
export class JobCompleter {
  private readonly finishing: GroupCommit<FinishedJob, void>;

  constructor(
    private readonly boss: PgBoss,
    private readonly sql: Sql,
    private readonly relaxed: RelaxedSql,
    private readonly claims: ActionClaims,
  ) {
    this.finishing = new GroupCommit((items) => this.finishAll(items), WORKER_BATCHES);
  }

  finish(finished: FinishedJob): Promise<void> {
    return this.finishing.submit(finished);
  }

  private async finishAll(items: FinishedJob[]): Promise<void[]> {
    const onward = items.flatMap(following);
    if (onward.length === 0) await this.complete(items);
    else await this.replace(items, onward);
    return items.map(() => undefined);
  }

  /** If a crash of the server undoes this, the job runs again and finds no work. */
  private async complete(items: FinishedJob[]): Promise<void> {
    await this.boss.complete(
      QUEUE,
      items.map(({ job }) => job),
      undefined,
      { db: queueDb(this.relaxed) },
    );
  }

  private replace(items: FinishedJob[], onward: ReturnType<typeof following>): Promise<void> {
    return this.sql.transaction(async (session) => {
      const db = queueDb(session);
      await this.claims.handBack(session, items.flatMap(handedBack));
      await this.boss.complete(
        QUEUE,
        items.map(({ job }) => job),
        undefined,
        { db },
      );
      await this.boss.insert(QUEUE, onward, { db });
    });
  }
}

function handedBack({ view, ended }: FinishedJob): { id: string; attempt: number }[] {
  return view !== null && ended.kind === 'handed-back' ? [{ id: view.id, attempt: view.attempt }] : [];
}

function following({ job: { data }, ended, carry }: FinishedJob) {
  const job = jobFor(data.actionId, data);
  switch (ended.kind) {
    case 'done':
      return [];
    case 'defer':
      return [{ ...job, data: { ...job.data, ...carry }, startAfter: ended.ms / 1000 }];
    case 'handed-back':
      return [{ ...job, data: { ...job.data, ...carry } }];
    default:
      return ended satisfies never;
  }
}
