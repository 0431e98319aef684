import { Inject, Injectable } from '@nestjs/common';
import type { Context } from '@opentelemetry/api';
import { GroupCommit } from '../../database/group-commit.js';
import { Sql, type Session } from '../../database/sql.js';
import { InstallationRepository } from '../../installation/installation.repository.js';
import { waiting, type Waiting } from '../../tracing/carrier.js';
import { inIntakeSpans, marked } from '../../tracing/intake-span.js';
import { JobOutbox } from '../job-outbox.js';
import { storeArrivals, type Arrived } from './arrival.js';
import { moveKnownActions } from './known-actions.js';
import { findOwnersElsewhere } from './other-owners.js';
import type { Receipt, ReceivedWebhook } from './received-webhook.js';

/** What the intake does to installations, in its own transaction. */
export type InstallationEvents = Pick<InstallationRepository, 'markRemoved' | 'markTransferred'>;

/**
 * Stores webhooks and moves their actions. One transaction writes deliveries, actions, transitions and jobs
 * of a batch.
 */
@Injectable()
export class ActionIntake {
  private readonly receiving: GroupCommit<Waiting<ReceivedWebhook>, Receipt>;
  private readonly observers: ((webhooks: number) => void)[] = [];

  constructor(
    private readonly sql: Sql,
    private readonly outbox: JobOutbox,
    @Inject(InstallationRepository) private readonly installations: InstallationEvents,
  ) {
    this.receiving = new GroupCommit((batch) => this.receiveAll(batch));
  }

  /** Stores a webhook and moves its action. Resolves once both are committed. */
  receive(webhook: ReceivedWebhook): Promise<Receipt> {
    return this.receiving.submit(waiting(webhook));
  }

  /** Calls `observe` after each commit, with the number of webhooks in it. */
  afterCommit(observe: (webhooks: number) => void): void {
    this.observers.push(observe);
  }

  private receiveAll(batch: Waiting<ReceivedWebhook>[]): Promise<Receipt[]> {
    return inIntakeSpans(batch, (contexts) => this.write(batch.map(marked), contexts));
  }

  private async write(
    webhooks: ReceivedWebhook[],
    contexts: ReadonlyMap<string, Context>,
  ): Promise<Receipt[]> {
    const receipts = await this.sql.transaction(async (transaction) => {
      const arrived = await storeArrivals(transaction, webhooks);
      const known = await moveKnownActions(transaction, arrived.forKnownActions);
      const owners = await findOwnersElsewhere(transaction, arrived.made);
      await this.markInstallations(transaction, arrived);
      const moved = known.map(({ actionId }) => actionId);
      await this.outbox.wake(transaction, [...arrived.due, ...known], moved, contexts);
      return arrived.receipts.map((receipt) => withOwner(receipt, owners.get(receipt.delivery)));
    });
    for (const observe of this.observers) observe(webhooks.length);
    return receipts;
  }

  private async markInstallations(session: Session, { fresh }: Arrived): Promise<void> {
    const transferred = fresh.flatMap((webhook) => webhook.transferredInstallationId ?? []);
    const removed = fresh.flatMap((webhook) => webhook.removedInstallationId ?? []);
    if (transferred.length > 0) await this.installations.markTransferred(transferred, session);
    if (removed.length > 0) await this.installations.markRemoved(removed, session);
  }
}

const withOwner = (receipt: Receipt, ownedBy: string | undefined): Receipt =>
  ownedBy === undefined || receipt.result === 'duplicate' ? receipt : { ...receipt, ownedBy };
