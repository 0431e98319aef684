import type { DataSource } from 'typeorm';
import { deadlineNow } from '../action/deadline.js';
import { Action } from '../action/entities/action.entity.js';
import type { Event, Reason, State } from '../state-machine/action-state.js';
import { Transition } from '../action/entities/transition.entity.js';
import { verdictOf } from '../action/verdict.js';

/** What a status page may show of an action: nothing of what it made, who holds it, or what operators wrote but for the text of a cancel, which customers are meant to read. */
export interface StatusRecord {
  id: string;
  installationId: string;
  deploymentId: string;
  /** The slug. */
  action: string;
  state: State;
  outcome: Action['outcome'];
  reason: Reason | null;
  /** While it runs, what the provisioner says; once it has failed, why. */
  text: string | null;
  project: string | null;
  gitRef: string | null;
  /** It succeeded without anything: its deployment is in an environment that the action does not serve. */
  skipped: boolean;
  deadlineAt: Date | null;
  steps: { event: Event; to: State; at: Date }[];
}

/** States in which its text is meant for whoever deploys; in the others it is about taking things away. */
const TOLD: readonly State[] = ['queued', 'provisioning', 'reporting', 'succeeded', 'failing', 'failed'];

/** Null when there is no such action. */
export async function readStatus(database: DataSource, id: string): Promise<StatusRecord | null> {
  const action = await database.manager.findOneBy(Action, { id });
  if (action === null) return null;
  const steps = await database.manager.find(Transition, {
    select: { id: true, event: true, to: true, at: true },
    where: { actionId: id },
    order: { id: 'ASC' },
  });
  const { installationId, deploymentId, state, outcome, reason, statusText, projectName, gitRef } = action;
  return {
    id,
    installationId,
    deploymentId,
    action: action.action,
    state,
    outcome,
    reason: reason as Reason | null,
    text: statusText !== null && TOLD.includes(state) ? verdictOf(statusText) : null,
    project: projectName,
    gitRef,
    skipped: steps.some(({ event }) => event === 'skip') && action.allocationId === null,
    deadlineAt: deadlineNow(action),
    steps: steps.map(({ event, to, at }) => ({ event, to, at })),
  };
}
