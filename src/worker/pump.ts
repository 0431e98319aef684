import type { PgBoss } from 'pg-boss';
import type { ActionStore } from '../action/action.store.js';
import type { ActionView } from '../action/action.view.js';
import { QUEUE, through, type ActionJob } from '../database/queue.js';
import type { RelaxedSql } from '../database/sql.js';
import type { Access } from '../installation/access.js';
import { askAhead, type Ahead } from './ahead.js';
import { Errand, type Interruption } from './errand.js';
import type { Finished, Finisher, Job } from './finisher.js';
import { run, type Ended, type Running } from './run.js';

interface Held {
  job: Job;
  errand: Errand;
}

export interface PumpOptions {
  /** Actions in hand at once. */
  concurrency: number;
  /** Actions of one installation in hand at once, over all processes. */
  perInstallation: number;
  batchSize: number;
  onError(message: string, error: unknown): void;
}

/** Fewer jobs than this leave too little behind to matter. */
const TIDY_AFTER_JOBS = 500;

/**
 * Keeps as many actions in hand as there are places: fetches jobs in batches, claims their actions, runs each on its own and
 * completes jobs in batches as they end. Not `work()` of pg-boss: there a batch ends with its slowest job, and until then
 * the next step of every other action in it waits.
 */
export class Pump {
  private readonly held = new Map<string, Held>();
  private fetching = false;
  private again = false;
  /** The last look left jobs behind for want of places. */
  private more = false;
  private stopping = false;
  /** Jobs since the queue was tidied. */
  private fetched = 0;
  private idle = Promise.withResolvers<void>();
  /** Errands under way, those included that were overtaken by a later claim of ours. */
  private carrying = 0;

  constructor(
    private readonly boss: PgBoss,
    /** The queue's own bookkeeping: when a crash of the server undoes it, a job is done again. */
    private readonly relaxed: RelaxedSql,
    private readonly store: ActionStore,
    private readonly finisher: Finisher,
    private readonly running: Running,
    private readonly options: PumpOptions,
  ) {}

  get size(): number {
    return this.held.size;
  }

  private get places(): number {
    return this.options.concurrency - this.held.size;
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

  interrupt(ids: string[], reason: Interruption): void {
    for (const id of ids) this.held.get(id)?.errand.interrupt(reason);
  }

  /** Tells pg-boss that the jobs are alive; whatever it no longer counts as ours is given up. */
  async beat(): Promise<void> {
    const held = [...this.held.values()];
    if (held.length === 0) return;
    const touched = (await this.boss.touch(
      QUEUE,
      held.map(({ job }) => job),
    )) as { settled?: string[] };
    const ours = new Set(touched.settled ?? held.map(({ job }) => job.id));
    for (const { job, errand } of held) {
      if (!ours.has(job.id) && this.held.get(errand.view.id)?.job === job) errand.interrupt('lost');
    }
  }

  /** The backstop for notifications that got lost: compares what is in hand with the rows. */
  async compare(): Promise<void> {
    const watched = [...this.held.values()].flatMap(({ errand }) =>
      errand.watchable ? [snapshot(errand)] : [],
    );
    const changed = new Set(await this.store.changed(watched));
    for (const { id, step } of watched) {
      const errand = this.held.get(id)?.errand;
      if (changed.has(id) && errand?.watchable && errand.step === step) errand.interrupt('moved');
    }
  }

  /**
   * Tells the server what the queue looks like now. Its jobs come and go faster than autovacuum wakes up, and by statistics of a minute
   * ago a fetch compares each job with every one that was active since.
   */
  async tidy(): Promise<void> {
    if (this.fetched < TIDY_AFTER_JOBS) return;
    this.fetched = 0;
    await this.relaxed.rows({ text: 'VACUUM (ANALYZE, SKIP_LOCKED) pgboss.job_common' }, []);
  }

  /** Looks for actions that no job would ever move again. */
  async heal(): Promise<void> {
    const healed = await this.store.heal();
    if (healed > 0)
      this.options.onError(`${healed} action(s) had no job and were given one`, new Error('a job was lost'));
  }

  /**
   * Fetches nothing more and hands back what is in hand: a step under way may end within the grace, the rest goes back to the
   * queue at once. Resolves when nothing is in hand.
   */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    for (const { errand } of this.held.values()) errand.drain();
    const timer = setTimeout(() => this.interrupt([...this.held.keys()], 'shutdown'), graceMs);
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
        while ((await this.fetchSome()) && !this.stopping);
      } while (this.again && !this.stopping);
    } catch (error) {
      this.options.onError('cannot fetch jobs', error);
    }
  }

  /** True when there may be more. */
  private async fetchSome(): Promise<boolean> {
    const places = powerOfTwo(Math.min(this.places, this.options.batchSize));
    this.more = true;
    if (places <= 0 || this.stopping) return false;
    const jobs: Job[] = await this.boss.fetch<ActionJob>(QUEUE, {
      batchSize: places,
      groupConcurrency: this.options.perInstallation,
      db: through(this.relaxed),
    });
    this.fetched += jobs.length;
    if (jobs.length > 0) await this.take(jobs);
    this.more = jobs.length === places;
    return this.more;
  }

  private async take(jobs: Job[]): Promise<void> {
    const [views, prepared] = await Promise.all([
      this.store.claim(jobs.map(({ data }) => data.actionId)),
      this.prepare(jobs),
    ]);
    const claimed = new Map(views.map((view) => [view.id, view]));
    for (const { job, access, ahead } of prepared) {
      const view = claimed.get(job.data.actionId);
      claimed.delete(job.data.actionId);
      if (view) {
        this.start(job, view, access, ahead);
        continue;
      }
      ahead?.drop();
      void this.end({ job, view: null, ended: { kind: 'done' }, carry: {} });
    }
  }

  /** What can be had while the actions are being claimed. */
  private async prepare(jobs: Job[]): Promise<{ job: Job; access: Access; ahead: Ahead | null }[]> {
    const { access: lookUp, tools } = this.running;
    const accesses = await lookUp(jobs.map(({ data }) => data));
    return jobs.map((job, index) => {
      const access = accesses[index] as Access;
      return { job, access, ahead: askAhead(job.data, access, tools.gateway) };
    });
  }

  private start(job: Job, view: ActionView, access: Access, ahead: Ahead | null): void {
    const errand = new Errand(view, access, job.data.tries ?? 0, mayHaveReported(job, view));
    errand.ahead = ahead;
    this.held.get(view.id)?.errand.interrupt('lost'); // our own job lapsed and came back to us
    if (this.stopping) errand.drain();
    this.held.set(view.id, { job, errand });
    void this.carry(job, errand);
  }

  private async carry(job: Job, errand: Errand): Promise<void> {
    this.carrying++;
    const ended = await this.runToEnd(errand);
    const carry = { tries: errand.tries, reportUnknown: errand.reportUnknown };
    await this.end({ job, view: errand.view, ended, carry });
    this.carrying--;
    if (this.held.get(errand.view.id)?.job === job) this.held.delete(errand.view.id);
    this.settleIdle();
    if (this.more && !this.stopping && this.places >= this.options.batchSize / 2) this.wake();
  }

  /** An error here is the database's or a defect of ours: the action is tried again after a while, nothing is lost. */
  private async runToEnd(errand: Errand): Promise<Ended> {
    try {
      return await run(errand, this.running);
    } catch (error) {
      this.options.onError(`action ${errand.view.id}: a step failed unexpectedly`, error);
      errand.tries++;
      return { kind: 'defer', ms: this.running.tools.backoff(errand.tries) };
    }
  }

  /** When this fails, the job's heartbeat lapses and another worker takes the action up. */
  private async end(finished: Finished): Promise<void> {
    try {
      await this.finisher.finish(finished);
    } catch (error) {
      this.options.onError(`job ${finished.job.id}: cannot be completed`, error);
    }
  }
}

/** Rounded down: the number is part of the statement's text, and each text is planned once per connection and kept there. */
function powerOfTwo(places: number): number {
  return places < 1 ? 0 : 2 ** Math.floor(Math.log2(places));
}

/** A worker that took the action over from a crash cannot know; one that goes on with a deferred report was told. */
function mayHaveReported(job: Job, view: ActionView): boolean {
  if (view.state !== 'reporting') return false;
  return job.retryCount > 0 || (job.data.reportUnknown ?? true);
}

function snapshot({ view, step }: Errand): { id: string; attempt: number; state: string; step: number } {
  return { id: view.id, attempt: view.attempt, state: view.state, step };
}
