import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { isUnavailable } from '../../errors/database-error.js';
import { reportOutage } from '../../database/connection/outage-log.js';
import { QUEUE, queueDb, type ActionJob } from '../../database/queue/queue.js';
import { RelaxedSql } from '../../database/sql.js';
import { failure, logEvent } from '../../log/log.js';
import { claimJobs } from './claim-jobs.js';
import type { RunEnd } from '../run/action-run.js';
import { isReporting } from '../run/run-memory.js';
import type { RunPorts } from '../ports/run-ports.js';
import type { RunState } from '../run/step-input.js';
import { about } from '../run/run-metrics.js';
import { JobCompleter, type FetchedJob, type FinishedJob } from './job-completer.js';
import { InFlight, type InFlightAction } from './in-flight.js';
import { WorkerPorts } from '../worker-ports.js';
import { FETCH_LIMITS } from '../worker.constants.js';

export interface JobFetcherOptions {
  /** Actions in hand at once. */
  concurrency: number;
  /** Actions of one installation in hand at once, over all processes. */
  perInstallation: number;
  batchSize: number;
}

/** Until the end of a job is written again that an outage kept from being written. */
const AGAIN_MS = 100;
/** Until jobs whose actions could not be claimed are tried again. */
const UNCLAIMED_MS = 1_000;

/**
 * Keeps as many actions in hand as there are places: fetches jobs in batches, claims their actions, runs each
 * on its own and completes jobs in batches as they end. Not `work()` of pg-boss: there a batch ends with its
 * slowest job, and until then the next step of every other action in it waits.
 */
@Injectable()
export class JobFetcher {
  private fetching = false;
  private again = false;
  /** The last look left jobs behind for want of places. */
  private more = false;
  /** Installations of which the last look may have left jobs behind because they had all of their share. */
  private crowded = new Set<string>();
  private readonly stopped = new AbortController();
  private failing = false;
  private idle = Promise.withResolvers<void>();
  /** Runs under way, including those that were overtaken by a later claim of ours. */
  private carrying = 0;

  constructor(
    private readonly boss: PgBoss,
    /** The queue's own bookkeeping: when a crash of the server undoes it, a job is done again. */
    private readonly relaxed: RelaxedSql,
    private readonly finisher: JobCompleter,
    private readonly hand: InFlight,
    @Inject(WorkerPorts) private readonly running: RunPorts,
    @Inject(FETCH_LIMITS) private readonly options: JobFetcherOptions,
  ) {}

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }

  private get places(): number {
    return this.options.concurrency - this.hand.size;
  }

  /** Looks for jobs now. Calls during a look-up make it look once more. */
  wake(): void {
    if (this.fetching) {
      this.again = true;
      return;
    }
    this.fetching = true;
    void this.fetchAll().finally(() => {
      this.fetching = false;
      if (this.stopping) this.settleIdle();
    });
  }

  /**
   * Fetches nothing more and hands back what is in hand: a step under way may end within the grace, the rest
   * goes back to the queue at once. Resolves when nothing is in hand.
   */
  async stop(graceMs: number): Promise<void> {
    this.stopped.abort();
    for (const { run } of this.hand.all()) run.signals.drain();
    const timer = setTimeout(
      () => this.hand.all().forEach(({ run }) => run.signals.interrupt('shutdown')),
      graceMs,
    );
    this.settleIdle();
    await this.idle.promise;
    clearTimeout(timer);
  }

  private settleIdle(): void {
    if (this.stopping && !this.fetching && this.carrying === 0) this.idle.resolve();
  }

  private async fetchAll(): Promise<void> {
    try {
      do {
        this.again = false;
        await this.look();
      } while (this.again && !this.stopping);
      this.failing = false;
    } catch (error) {
      if (!this.failing) logEvent('jobs-not-fetched', failure(error));
      this.failing = true; // said once, however often it fails until it works again
    }
  }

  /**
   * Fetches until nothing is left or no place is. pg-boss takes the oldest jobs and then cuts each
   * installation to its share: a fetch that comes back short may have seen one crowded installation's jobs
   * alone, so the next one looks past those that it gave. Nothing is fetched while the database refuses: the
   * pump polls, and so goes on when it serves again.
   */
  private async look(): Promise<void> {
    if (this.running.database.outage !== null) return;
    const past = new Set<string>();
    for (;;) {
      const places = powerOfTwo(Math.min(this.places, this.options.batchSize));
      this.more = places === 0;
      if (places === 0 || this.stopping) break;
      const jobs = await this.fetch(places, past);
      if (jobs.length === 0) break;
      if (jobs.length < places) jobs.forEach(({ data }) => past.add(data.installationId));
      await this.take(jobs);
    }
    this.crowded = new Set([...past].filter((id) => !this.hasHalfItsShareFree(id)));
  }

  private fetch(batchSize: number, past: Set<string>): Promise<FetchedJob[]> {
    return this.boss.fetch<ActionJob>(QUEUE, {
      batchSize,
      groupConcurrency: this.options.perInstallation,
      ignoreGroups: [...past],
      db: queueDb(this.relaxed),
    });
  }

  /**
   * Jobs whose actions cannot be claimed now go back to the queue: they must not wait for their heartbeat to
   * lapse.
   */
  private async take(jobs: FetchedJob[]): Promise<void> {
    try {
      for (const { job, span, run } of await claimJobs(jobs, this.running)) {
        if (run) this.start({ job, span, run });
        else {
          span.end('nothing');
          void this.end({ job, view: null, ended: { kind: 'done' }, carry: {} });
        }
      }
    } catch (error) {
      await Promise.all(jobs.map((job) => this.end(unclaimed(job))));
      throw error;
    }
  }

  private start(held: InFlightAction): void {
    const { run } = held;
    this.hand.runOf(run.view.id)?.signals.interrupt('lost'); // our own job lapsed and came back to us
    if (this.stopping) run.signals.drain();
    this.hand.put(held);
    void this.carry(held);
  }

  private async carry(held: InFlightAction): Promise<void> {
    const { job, span, run } = held;
    this.carrying++;
    const { ended, carry } = await span.run(() => this.runToEnd(held));
    const { view } = run;
    span.end(ended.kind, view);
    await this.end({ job, view, ended, carry });
    this.carrying--;
    this.hand.remove(held);
    this.settleIdle();
    if (!this.stopping && this.isWorthALook(view.installationId)) this.wake();
  }

  /** Enough places are free for what the last look left behind. */
  private isWorthALook(installationId: string): boolean {
    if (this.more && this.places >= this.options.batchSize / 2) return true;
    return this.crowded.has(installationId) && this.hasHalfItsShareFree(installationId);
  }

  private hasHalfItsShareFree(installationId: string): boolean {
    return this.hand.countOf(installationId) <= this.options.perInstallation / 2;
  }

  /**
   * An error here is the database's or a defect of ours: the action is tried again after a while, nothing is
   * lost.
   */
  private async runToEnd({ run, span }: InFlightAction): Promise<Pick<FinishedJob, 'ended' | 'carry'>> {
    try {
      return { ended: await run.toEnd(), carry: carriedBy(run.state) };
    } catch (error) {
      const event = isUnavailable(error) ? 'step-put-off' : 'step-failed';
      logEvent(event, { ...about(run.view), ...failure(error) });
      span.failed(error);
      const tries = run.memory.tries + 1;
      const ended: RunEnd = { kind: 'defer', ms: this.running.tools.backoff(tries) };
      return { ended, carry: { ...carriedBy(run.state), tries } };
    }
  }

  /**
   * An outage of the database is waited for. When anything else fails here, or a shutdown does not wait, the
   * job's heartbeat lapses and another worker takes the action up.
   */
  private async end(finished: FinishedJob): Promise<void> {
    for (;;) {
      try {
        return await this.finisher.finish(finished);
      } catch (error) {
        if (reportOutage(error) === null || this.stopping) return notCompleted(finished, error);
        await this.running.database.untilWritable(this.stopped.signal);
        await sleep(AGAIN_MS);
      }
    }
  }
}

function notCompleted({ job: { id: jobId, data } }: FinishedJob, error: unknown): void {
  logEvent('job-not-completed', { jobId, actionId: data.actionId, ...failure(error) });
}

const unclaimed = (job: FetchedJob): FinishedJob => ({
  job,
  view: null,
  ended: { kind: 'defer', ms: UNCLAIMED_MS },
  carry: { ...kept(job.data), ...(job.retryCount > 0 ? { reportUnknown: true } : {}) },
});

/**
 * `reportUnknown` belongs to an action that is reporting: before the next job of another one, a report may
 * have begun.
 */
const carriedBy = ({ view, memory: { tries, reportUnknown } }: RunState): FinishedJob['carry'] => ({
  tries,
  ...(isReporting(view) ? { reportUnknown } : {}),
});

const kept = ({ tries, reportUnknown }: ActionJob): FinishedJob['carry'] => ({
  ...(tries === undefined ? {} : { tries }),
  ...(reportUnknown === undefined ? {} : { reportUnknown }),
});

/**
 * Rounded down: the number is part of the statement's text, and each text is planned once per connection and
 * kept there.
 */
function powerOfTwo(places: number): number {
  return places < 1 ? 0 : 2 ** Math.floor(Math.log2(places));
}
