import { Injectable } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { ActionClaims } from '../action/claims/action-claims.repository.js';
import { QUEUE } from '../database/queue/queue.js';
import { logEvent } from '../log/log.js';
import { RelaxedSql } from '../database/sql.js';
import type { ActionRun } from './run/action-run.js';
import { InFlight } from './fetch/in-flight.js';

/** Number of jobs after which the queue's table is vacuumed. Fewer jobs leave few dead rows. */
const TIDY_AFTER_JOBS = 500;

/**
 * The worker's periodic work beside fetching jobs: heartbeats, comparisons, and the queue's own maintenance.
 */
@Injectable()
export class WorkerMaintenance {
  /** `inFlight.taken` at the last vacuum. */
  private tidiedAt = 0;

  constructor(
    private readonly boss: PgBoss,
    private readonly relaxed: RelaxedSql,
    private readonly claims: ActionClaims,
    private readonly inFlight: InFlight,
  ) {}

  /** Renews the heartbeats of jobs in flight. Interrupts a run whose job pg-boss no longer counts as ours. */
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

  /** Compares actions in flight with their rows, because a notification can get lost. */
  async compare(): Promise<void> {
    const watched = this.inFlight.all().flatMap(({ run }) => (run.watchable ? [snapshot(run)] : []));
    for (const run of await this.moved(watched)) if (run.watchable) run.signals.interrupt('moved');
  }

  /** Interrupts those of these actions that are in flight and whose rows have moved. */
  async follow(ids: readonly string[]): Promise<void> {
    const hinted = ids.flatMap((id) => this.inFlight.runOf(id) ?? []).map(snapshot);
    for (const run of await this.moved(hinted)) run.signals.interrupt('moved');
  }

  /** Returns the runs that are still in the given turn and whose row has another claim token or state. */
  private async moved(seen: readonly Snapshot[]): Promise<ActionRun[]> {
    const changed = new Set(await this.claims.changed(seen));
    return seen.flatMap(({ id, turn }) => {
      const run = changed.has(id) ? this.inFlight.runOf(id) : undefined;
      return run?.turn === turn ? [run] : [];
    });
  }

  /**
   * Vacuums and analyzes the queue's table, because autovacuum is too slow for it. With statistics that are a
   * minute old, a fetch compares each job with every job that was active since.
   */
  async tidy(): Promise<void> {
    if (this.inFlight.taken - this.tidiedAt < TIDY_AFTER_JOBS) return;
    this.tidiedAt = this.inFlight.taken;
    await this.relaxed.rows({ text: 'VACUUM (ANALYZE, SKIP_LOCKED) pgboss.job_common' }, []);
  }

  /** Inserts jobs for actions that need a worker and have no job. */
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
