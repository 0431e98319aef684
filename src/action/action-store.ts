import { context, type Context } from '@opentelemetry/api';
import type { PgBoss } from 'pg-boss';
import { GroupCommit, retrying, type GroupCommitLimits } from '../database/group-commit.js';
import { CHANNEL_NAME } from '../database/notification-channel.js';
import { QUEUE, through, type ActionJob, type JobSubject } from '../database/queue/queue.js';
import { intakeBatch } from '../metrics/definitions/intake.js';
import { statement, type Session, type Sql, type Transaction } from '../database/sql.js';
import { waiting, type Waiting } from '../tracing/carrier.js';
import { inIntakeSpans, marked } from '../tracing/intake-span.js';
import { inSendSpans } from '../tracing/job-span.js';
import { begin, type Begin } from './begin.js';
import { dueChecks, neighbours, postponeChecks, type DueCheck, type EarlyCheck } from './deployment-check.js';
import { command, type CommandRequest, type CommandResult } from './command.js';
import { receive, type ReceivedWebhook, type Received, type Receipt } from './intake.js';
import { decline, type Decline } from './decline.js';
import { noteElsewhere } from './other-environments.js';
import { releaseHold, type HoldRelease, type HoldReleaseResult } from './release-hold.js';
import { applyUpdates, type GuardedUpdate } from './guarded-update.js';
import { purge, timeBefore, type PurgeResult, type PurgeBatch } from './purge.js';
import { release, removedInstallations, type Released, type ReleaseOrder } from './release.js';
import { WORKING } from '../state-machine/action-state.js';
import { transfer, type Transfer, type Transferred } from './transfer.js';
import { claim, view, type ActionView, type AllocationView } from './action-view.js';

/** Called inside the intake's transaction with the installations that Vercel says were removed, or transferred. */
export interface InstallationEvents {
  removed(session: Session, ids: string[]): Promise<void>;
  transferred(session: Session, ids: string[]): Promise<void>;
}

/** One statement of each kind at a time: under load batches grow, and fewer and larger ones cost less. */
const WORKERS: GroupCommitLimits = { inFlight: 1, size: 200, waiting: 10_000 };

/**
 * The only writer of deliveries, actions, allocations and transitions. Every verb writes the state change, its transition and
 * the job that acts on it in one transaction. Verbs take one item and share transactions with whatever else is waiting
 * (group commit); below this class everything is set-based.
 */
export class ActionStore {
  private readonly receiving: GroupCommit<Waiting<ReceivedWebhook>, Receipt>;
  private readonly beginning: GroupCommit<Begin, AllocationView | undefined>;
  private readonly declining: GroupCommit<Decline, boolean>;
  private readonly recording: GroupCommit<GuardedUpdate, boolean>;
  private readonly lettingGo: GroupCommit<HoldRelease, HoldReleaseResult>;
  private readonly viewing: GroupCommit<{ id: string; attempt: number }, ActionView | undefined>;

  constructor(
    private readonly sql: Sql,
    private readonly boss: PgBoss,
    private readonly installations: InstallationEvents,
  ) {
    this.receiving = new GroupCommit((items) => this.receiveAll(items));
    this.beginning = new GroupCommit((items) => begin(sql, items));
    this.declining = new GroupCommit((items) => decline(sql, items));
    this.recording = new GroupCommit((items) => applyUpdates(sql, items));
    this.lettingGo = new GroupCommit(
      (items) => sql.transaction((session) => releaseHold(session, items)),
      WORKERS,
    );
    this.viewing = new GroupCommit((items) => view(sql, items), WORKERS);
  }

  /** Makes a webhook durable and moves its action. Resolves once it is committed. */
  receive(incoming: ReceivedWebhook): Promise<Receipt> {
    return this.receiving.submit(waiting(incoming));
  }

  /** Draws new fencing tokens; actions with nothing to do are left out. */
  claim(ids: string[]): Promise<ActionView[]> {
    return retrying(() => claim(this.sql, ids));
  }

  /** The action as it is now; undefined when the claim was overtaken. */
  view(id: string, attempt: number): Promise<ActionView | undefined> {
    return this.viewing.submit({ id, attempt });
  }

  /** `begin`: the allocation it now holds, or undefined when the action was moved or overtaken. */
  begin(item: Begin): Promise<AllocationView | undefined> {
    return this.beginning.submit(item);
  }

  /** The verdict on a queued action that is not served; false when the action was moved or overtaken. */
  decline(item: Decline): Promise<boolean> {
    return this.declining.submit(item);
  }

  /** One guarded write; false when the action was moved or overtaken, and then nothing was written. */
  record(write: GuardedUpdate): Promise<boolean> {
    return this.recording.submit(write);
  }

  letGo(item: HoldRelease): Promise<HoldReleaseResult> {
    return this.lettingGo.submit(item);
  }

  /** What an operator orders, as one audited transition; a worker is woken for it. */
  command(order: CommandRequest): Promise<CommandResult> {
    return retrying(() =>
      this.sql.transaction(async (transaction) => {
        const ordered = await command(transaction, order);
        if (ordered.kind !== 'done') return ordered;
        const { installationId, resourceId } = ordered;
        const due = [{ actionId: order.id, installationId, resourceId }];
        await this.wake(transaction, { due, moved: [order.id] });
        return ordered;
      }),
    );
  }

  /** Moves a resource and all that is unfinished of it to another installation. */
  transfer(order: Transfer): Promise<Transferred> {
    return retrying(() =>
      this.sql.transaction(async (transaction) => {
        const transferred = await transfer(transaction, order);
        if (transferred.kind !== 'done') return transferred;
        const { due } = transferred;
        await this.wake(transaction, { due, moved: due.map(({ actionId }) => actionId) });
        return transferred;
      }),
    );
  }

  /** Which of these claims no longer stand as they were: moved by somebody else, or overtaken. */
  async changed(held: readonly { id: string; attempt: number; state: string }[]): Promise<string[]> {
    if (held.length === 0) return [];
    const rows = await this.sql.rows<{ id: string }>(CHANGED, [JSON.stringify(held)]);
    return rows.map((row) => row.id);
  }

  /**
   * Gives a job to every action that a worker has something to do for and that has none: nothing we know of loses one, and nothing
   * would ever move such an action again.
   */
  async heal(): Promise<number> {
    const rows = await this.sql.rows<{ actionId: string } & JobSubject>(STRANDED, [WORKING]);
    const jobs = rows.map(({ actionId, ...subject }) => jobFor(actionId, subject));
    if (jobs.length > 0) await this.boss.insert(QUEUE, jobs);
    return jobs.length;
  }

  /** Gives back a batch of what `order` names (see RELEASE_LIMIT) though no cleanup came; answers which were. */
  release(order: ReleaseOrder): Promise<Released[]> {
    return retrying(() =>
      this.sql.transaction(async (transaction) => {
        const released = await release(transaction, order);
        const due = released.map(({ id: actionId, ...subject }) => ({ actionId, ...subject }));
        await this.wake(transaction, { due, moved: due.map(({ actionId }) => actionId) });
        return released;
      }),
    );
  }

  /** Removed installations of which something is still owned. */
  removedInstallations(): Promise<string[]> {
    return removedInstallations(this.sql);
  }

  /** Successes of which it is time to ask whether their deployment is still there. */
  dueChecks(limit: number, early: readonly EarlyCheck[]): Promise<DueCheck[]> {
    return dueChecks(this.sql, limit, early);
  }

  /** The other successes of an installation, whether a question is due or not. */
  neighbours(installationId: string, asked: readonly string[], limit: number): Promise<DueCheck[]> {
    return neighbours(this.sql, installationId, asked, limit);
  }

  /** Puts the next such question about these off. */
  postponeChecks(ids: readonly string[], seconds: number): Promise<void> {
    return retrying(() => postponeChecks(this.sql, ids, seconds));
  }

  /** When what is `keepMs` old now was new, as the database writes it. */
  timeBefore(keepMs: number): Promise<string> {
    return timeBefore(this.sql, keepMs);
  }

  /** Clears a batch of what is over and old away, and puts on record that it did. */
  clear(clearing: PurgeBatch): Promise<PurgeResult> {
    return retrying(() => this.sql.transaction((transaction) => purge(transaction, clearing)));
  }

  /** Counts claims that a shutdown gives back without having used them. */
  async handBack(session: Session, claims: { id: string; attempt: number }[]): Promise<void> {
    if (claims.length > 0) await session.rows(HAND_BACK, [JSON.stringify(claims)]);
  }

  private receiveAll(batch: Waiting<ReceivedWebhook>[]): Promise<Receipt[]> {
    return inIntakeSpans(batch, (contexts) => this.write(batch.map(marked), contexts));
  }

  private async write(items: ReceivedWebhook[], contexts: ReadonlyMap<string, Context>): Promise<Receipt[]> {
    const receipts = await this.sql.transaction(async (transaction) => {
      const received = await receive(transaction, items);
      await noteElsewhere(transaction, received.made);
      const named = (key: 'removedInstallationId' | 'transferredInstallationId'): string[] =>
        received.fresh.flatMap(({ [key]: id }) => (id === undefined ? [] : [id]));
      const [removed, transferred] = [named('removedInstallationId'), named('transferredInstallationId')];
      if (transferred.length > 0) await this.installations.transferred(transaction, transferred);
      if (removed.length > 0) await this.installations.removed(transaction, removed);
      await this.wake(transaction, received, contexts);
      return received.receipts;
    });
    intakeBatch.observe(items.length);
    return receipts;
  }

  /**
   * Inserts the jobs. Workers were told once for all new actions; those that a worker may hold are named to them. Few NOTIFYs for a
   * batch: each takes a lock that is global at commit.
   */
  private async wake(
    transaction: Transaction,
    { due, moved }: Pick<Received, 'due' | 'moved'>,
    contexts: ReadonlyMap<string, Context> = NONE,
  ): Promise<void> {
    if (due.length === 0) return;
    if (moved.length > 0) await transaction.rows(NOTIFY, [moved.join(',')]);
    const jobs = due.map(({ actionId, asks, deliveryId = '', ...subject }) => ({
      job: jobFor(actionId, subject, asks),
      parent: contexts.get(deliveryId) ?? context.active(),
    }));
    const db = through(transaction.last);
    await inSendSpans(QUEUE, jobs, (traced) => this.boss.insert(QUEUE, traced, { db }));
  }
}

const NONE: ReadonlyMap<string, Context> = new Map();

/** A job names its action, and what has to be looked up for it; one runs at a time per action, installations share workers fairly. */
export function jobFor(actionId: string, { installationId, resourceId, trace }: JobSubject, asks?: string) {
  const data: ActionJob = {
    actionId,
    installationId,
    resourceId,
    ...(asks === undefined ? {} : { asks }),
    ...(trace === undefined ? {} : { trace }),
  };
  return { data, singletonKey: actionId, group: { id: installationId } };
}

const STRANDED = statement(`
  SELECT a.id AS "actionId", a.installation_id AS "installationId", a.resource_id AS "resourceId"
  FROM action a
  WHERE a.state = ANY($1::text[]) AND a.updated_at < now() - interval '2 minutes' AND NOT EXISTS (
    SELECT FROM pgboss.job j
    WHERE j.name = '${QUEUE}' AND j.singleton_key = a.id::text AND j.state < 'completed')
  LIMIT 100`);

const NOTIFY = statement(`SELECT pg_notify(${CHANNEL_NAME}, $1)`);

const CHANGED = statement(`
  SELECT w.id FROM json_to_recordset($1::json) AS w (id uuid, attempt int, state text)
  LEFT JOIN action a ON a.id = w.id AND a.attempt = w.attempt AND a.state = w.state
  WHERE a.id IS NULL`);

const HAND_BACK = statement(`
  UPDATE action a SET handed_back = a.handed_back + 1
  FROM json_to_recordset($1::json) AS w (id uuid, attempt int)
  WHERE a.id = w.id AND a.attempt = w.attempt`);
