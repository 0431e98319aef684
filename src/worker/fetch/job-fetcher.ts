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
import { isReporting } from '../values/run-memory.js';
import type { RunPorts } from '../ports/run-ports.js';
import type { RunState } from '../values/step-input.js';
import { about } from '../run/run-metrics.js';
import { JobCompleter, type FetchedJob, type FinishedJob } from './job-completer.js';
import { InFlight, type InFlightAction } from './in-flight.js';
import { WorkerPorts } from '../ports/worker-ports.js';
import { FETCH_LIMITS } from './fetch.constants.js';

export interface JobFetcherOptions {
  /** Actions in flight at once. */
  concurrency: number;
  /** Actions of one installation in flight at once, over all processes. */
  perInstallation: number;
  batchSize: number;
}

/** Milliseconds after an outage until the end of a job is written again. */
const AGAIN_MS = 100;
/** Milliseconds until a job whose action could not be claimed is due again. */
const UNCLAIMED_MS = 1_000;

/**
 * Keeps as many actions in flight as there are places: fetches jobs in batches, claims their actions, runs
 * each on its own and completes jobs in batches as they end. Not `work()` of pg-boss: there a batch ends with
 * its slowest job, and until then the next step of every other action in it waits.
 */
@Injectable()
export class JobFetcher {
  private fetching = false;
  private again = false;
  /** The last look-up left jobs behind because no place was free. */
  private more = false;
  /** Installations whose share was used up, so the last look-up may have left jobs of theirs behind. */
  private crowded = new Set<string>();
  private readonly stopped = new AbortController();
  private failing = false;
  private idle = Promise.withResolvers<void>();
  /** Runs in progress, including those that a later claim of this process has replaced. */
  private runningCount = 0;

  constructor(
    private readonly boss: PgBoss,
    /** For the queue's own bookkeeping: if a crash of the server undoes it, a job runs again. */
    private readonly relaxed: RelaxedSql,
    private readonly completer: JobCompleter,
    private readonly inFlight: InFlight,
    @Inject(WorkerPorts) private readonly ports: RunPorts,
    @Inject(FETCH_LIMITS) private readonly options: JobFetcherOptions,
  ) {}

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }

  private get places(): number {
    return this.options.concurrency - this.inFlight.size;
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
   * Fetches nothing more and hands back the actions in flight: a step in progress may end within the grace,
   * the others go back to the queue at once. Resolves when no action is in flight.
   */
  async stop(graceMs: number): Promise<void> {
    this.stopped.abort();
    for (const { run } of this.inFlight.all()) run.signals.drain();
    const timer = setTimeout(
      () => this.inFlight.all().forEach(({ run }) => run.signals.interrupt('shutdown')),
      graceMs,
    );
    this.settleIdle();
    await this.idle.promise;
    clearTimeout(timer);
  }

  private settleIdle(): void {
    if (this.stopping && !this.fetching && this.runningCount === 0) this.idle.resolve();
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
      this.failing = true; // logged once until a fetch succeeds
    }
  }

  /**
   * Fetches until no job or no place is left. pg-boss takes the oldest jobs and then cuts each installation
   * to its share: a short batch may hold the jobs of one crowded installation alone, so the next fetch
   * ignores the installations of the last one. While the database rejects writes, nothing is fetched; polling
   * continues afterwards.
   */
  private async look(): Promise<void> {
    if (this.ports.database.outage !== null) return;
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
   * Returns jobs whose actions cannot be claimed to the queue: they must not wait until their heartbeat
   * lapses.
   */
  private async take(jobs: FetchedJob[]): Promise<void> {
    try {
      for (const { job, span, run } of await claimJobs(jobs, this.ports)) {
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
    this.inFlight.runOf(run.view.id)?.signals.interrupt('lost'); // our own job lapsed and came back to us
    if (this.stopping) run.signals.drain();
    this.inFlight.put(held);
    void this.runClaimed(held);
  }

  private async runClaimed(held: InFlightAction): Promise<void> {
    const { job, span, run } = held;
    this.runningCount++;
    const { ended, carry } = await span.run(() => this.runToEnd(held));
    const { view } = run;
    span.end(ended.kind, view);
    await this.end({ job, view, ended, carry });
    this.runningCount--;
    this.inFlight.remove(held);
    this.settleIdle();
    if (!this.stopping && this.isWorthALook(view.installationId)) this.wake();
  }

  /** Whether enough places are free for the jobs that the last look-up left behind. */
  private isWorthALook(installationId: string): boolean {
    if (this.more && this.places >= this.options.batchSize / 2) return true;
    return this.crowded.has(installationId) && this.hasHalfItsShareFree(installationId);
  }

  private hasHalfItsShareFree(installationId: string): boolean {
    return this.inFlight.countOf(installationId) <= this.options.perInstallation / 2;
  }

  /**
   * An error here comes from the database or from a defect of ours. The action is tried again later, and
   * nothing is lost.
   */
  private async runToEnd({ run, span }: InFlightAction): Promise<Pick<FinishedJob, 'ended' | 'carry'>> {
    try {
      return { ended: await run.toEnd(), carry: carriedBy(run.state) };
    } catch (error) {
      const event = isUnavailable(error) ? 'step-put-off' : 'step-failed';
      logEvent(event, { ...about(run.view), ...failure(error) });
      span.failed(error);
      const tries = run.memory.tries + 1;
      const ended: RunEnd = { kind: 'defer', ms: this.ports.stepPorts.backoff(tries) };
      return { ended, carry: { ...carriedBy(run.state), tries } };
    }
  }

  /**
   * Waits for the end of an outage of the database. After any other error, and during a shutdown, the job's
   * heartbeat lapses and another worker claims the action.
   */
  private async end(finished: FinishedJob): Promise<void> {
    for (;;) {
      try {
        return await this.completer.finish(finished);
      } catch (error) {
        if (reportOutage(error) === null || this.stopping) return notCompleted(finished, error);
        await this.ports.database.untilWritable(this.stopped.signal);
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
 * `reportUnknown` belongs to an action that is reporting. For another action, a report may have begun before
 * its next job.
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
 * Rounds down to a power of two: the number is part of the statement's text, and each connection plans and
 * keeps every text.
 */
function powerOfTwo(places: number): number {
  return places < 1 ? 0 : 2 ** Math.floor(Math.log2(places));
}
