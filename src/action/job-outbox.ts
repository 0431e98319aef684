import { Injectable } from '@nestjs/common';
import { context, type Context } from '@opentelemetry/api';
import { PgBoss } from 'pg-boss';
import { CHANNEL_NAME } from '../database/notification-channel.js';
import { QUEUE, queueDb, type ActionJob, type JobSubject } from '../database/queue/queue.js';
import { statement, type Transaction } from '../database/sql.js';
import { inSendSpans } from '../tracing/job-span.js';

/** An action that now needs a worker. */
export interface DueAction extends JobSubject {
  actionId: string;
  /** The delivery that asks for it, if one does. */
  deliveryId?: string;
  /** The deployment that the action's first step asks Vercel about. */
  asks?: string;
}

/** Puts jobs into the queue in the transaction of the change that they act on. */
@Injectable()
export class JobOutbox {
  constructor(private readonly boss: PgBoss) {}

  /**
   * Inserts the jobs as the last statement of the transaction.
   *
   * @param moved actions that existed before. A worker may hold them, so one notification names them all:
   * each NOTIFY needs a global lock at commit
   * @param contexts trace contexts by the delivery's id
   */
  async wake(
    transaction: Transaction,
    due: readonly DueAction[],
    moved: readonly string[],
    contexts: ReadonlyMap<string, Context> = NONE,
  ): Promise<void> {
    if (due.length === 0) return;
    if (moved.length > 0) await transaction.rows(NOTIFY, [moved.join(',')]);
    const jobs = due.map(({ actionId, asks, deliveryId = '', ...subject }) => ({
      job: jobFor(actionId, subject, asks),
      parent: contexts.get(deliveryId) ?? context.active(),
    }));
    const db = queueDb(transaction.last);
    await inSendSpans(QUEUE, jobs, (traced) => this.boss.insert(QUEUE, traced, { db }));
  }

  /** Inserts jobs for actions whose jobs were lost. */
  async restore(due: readonly DueAction[]): Promise<void> {
    if (due.length === 0) return;
    const jobs = due.map(({ actionId, ...subject }) => jobFor(actionId, subject));
    await this.boss.insert(QUEUE, jobs);
  }
}

const NONE: ReadonlyMap<string, Context> = new Map();

/**
 * A job names its action and the look-ups of its first step. An action has one job at a time; a group is an
 * installation.
 */
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

const NOTIFY = statement(`SELECT pg_notify(${CHANNEL_NAME}, $1)`);
