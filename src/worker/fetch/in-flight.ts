import { Injectable } from '@nestjs/common';
import type { JobSpan } from '../../tracing/job-span.js';
import type { ActionRun } from '../run/action-run.js';
import type { FetchedJob } from './job-completer.js';

export interface InFlightAction {
  readonly job: FetchedJob;
  readonly span: JobSpan;
  readonly run: ActionRun;
}

/** The actions that this process runs, by id, and their number for each installation. */
@Injectable()
export class InFlight {
  private readonly held = new Map<string, InFlightAction>();
  private readonly counts = new Map<string, number>();
  /** Number of actions ever added. */
  taken = 0;

  get size(): number {
    return this.held.size;
  }

  all(): InFlightAction[] {
    return [...this.held.values()];
  }

  runOf(actionId: string): ActionRun | undefined {
    return this.held.get(actionId)?.run;
  }

  /** How many actions of an installation are in flight. */
  countOf(installationId: string): number {
    return this.counts.get(installationId) ?? 0;
  }

  /** Whether this job itself is in flight. A later job may run the same action now. */
  holds({ job, run }: InFlightAction): boolean {
    return this.held.get(run.view.id)?.job === job;
  }

  put(held: InFlightAction): void {
    const { id, installationId } = held.run.view;
    if (!this.held.has(id)) this.count(installationId, 1);
    this.held.set(id, held);
    this.taken++;
  }

  remove(held: InFlightAction): void {
    if (!this.holds(held)) return;
    const { id, installationId } = held.run.view;
    this.held.delete(id);
    this.count(installationId, -1);
  }

  private count(installationId: string, by: number): void {
    const now = this.countOf(installationId) + by;
    if (now === 0) this.counts.delete(installationId);
    else this.counts.set(installationId, now);
  }
}
