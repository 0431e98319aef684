import { Injectable } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { ActionClaims } from '../action/claims/action-claims.repository.js';
import { QUEUE } from '../database/queue/queue.js';
import { logEvent } from '../log/log.js';
import { RelaxedSql } from '../database/sql.js';
import type { ActionRun } from './run/action-run.js';
import { InFlight } from './fetch/in-flight.js';

/** Fewer jobs than this leave too little behind to matter. */
const TIDY_AFTER_JOBS = 500;

/**
 * The worker's periodic work beside fetching jobs: heartbeats, comparisons, and the queue's own maintenance.
 */
@Injectable()
export class WorkerMaintenance {
  /** Jobs in hand so far when the queue was last tidied. */
  private tidiedAt = 0;

  constructor(
    private readonly boss: PgBoss,
    private readonly relaxed: RelaxedSql,
    private readonly claims: ActionClaims,
    private readonly inFlight: InFlight,
  ) {}

  /** Tells pg-boss that the jobs are alive; whatever it no longer counts as ours is given up. */
  async beat(): Promise<void> {
    const held = this.inFlight.all();
    if (held.length === 0) return;
    const touched = (await this.boss.touch(
      QUEUE,
      held.map(({ job }) => job),
    )) as { settled?: string[] };
    const ours = new Set(touched.settled ?? held.map(({ job }) => job.id));
    for (const one of held) {
      if (!ours.has(one.job.id) && this.inFlight.holds(one)) one.run.signals.interrupt('lost');
    }
  }

  /** The backstop for notifications that got lost: compares what is in hand with the rows. */
  async compare(): Promise<void> {
    const watched = this.inFlight.all().flatMap(({ run }) => (run.watchable ? [snapshot(run)] : []));
    for (const run of await this.moved(watched)) if (run.watchable) run.signals.interrupt('moved');
  }

  /** Interrupts those of these actions that are in hand here and whose rows have moved. */
  async follow(ids: readonly string[]): Promise<void> {
    const hinted = ids.flatMap((id) => this.inFlight.runOf(id) ?? []).map(snapshot);
    for (const run of await this.moved(hinted)) run.signals.interrupt('moved');
  }

  /** What of this is in hand as it was when it was looked at, and has another attempt or state in its row. */
  private async moved(seen: readonly Snapshot[]): Promise<ActionRun[]> {
    const changed = new Set(await this.claims.changed(seen));
    return seen.flatMap(({ id, turn }) => {
      const run = changed.has(id) ? this.inFlight.runOf(id) : undefined;
      return run?.turn === turn ? [run] : [];
    });
  }

  /**
   * Tells the server what the queue looks like now. Its jobs come and go faster than autovacuum wakes up, and
   * by statistics of a minute ago a fetch compares each job with every one that was active since.
   */
  async tidy(): Promise<void> {
    if (this.inFlight.taken - this.tidiedAt < TIDY_AFTER_JOBS) return;
    this.tidiedAt = this.inFlight.taken;
    await this.relaxed.rows({ text: 'VACUUM (ANALYZE, SKIP_LOCKED) pgboss.job_common' }, []);
  }

  /** Looks for actions that no job would ever move again. */
  async heal(): Promise<void> {
    const healed = await this.claims.heal();
    if (healed > 0) logEvent('jobs-lost', { count: healed });
  }
}

interface Snapshot {
  readonly id: string;
  readonly attempt: number;
  readonly state: string;
  readonly turn: number;
}

function snapshot({ view, turn }: ActionRun): Snapshot {
  return { id: view.id, attempt: view.attempt, state: view.state, turn };
}
