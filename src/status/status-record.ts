import type { DataSource } from 'typeorm';
import { deadlineNow } from '../action/deadline.js';
import { Action } from '../action/entities/action.entity.js';
import type { Event, Reason, State } from '../state-machine/action-state.js';
import { Transition } from '../action/entities/transition.entity.js';
import { verdictOf } from '../action/verdict.js';

/**
 * The data of an action on its status page: no allocation, no holders, and no texts of operators except the
 * reason of a cancel, which is meant for customers.
 */
export interface StatusRecord {
  id: string;
  installationId: string;
  deploymentId: string;
  /** The action's slug. */
  action: string;
  state: State;
  outcome: Action['outcome'];
  reason: Reason | null;
  /** The progress text of the provisioner, or the reason of the failure. */
  text: string | null;
  project: string | null;
  gitRef: string | null;
  /**
   * True if the action succeeded without an allocation because it does not run in the deployment's
   * environment.
   */
  skipped: boolean;
  deadlineAt: Date | null;
  steps: { event: Event; to: State; at: Date }[];
}

/** States whose text is shown. In other states the text is about the removal. */
const SHOWN_IN: readonly State[] = ['queued', 'provisioning', 'reporting', 'succeeded', 'failing', 'failed'];

/** Reads the data of the page; null if the action does not exist. */
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
    text: statusText !== null && SHOWN_IN.includes(state) ? verdictOf(statusText) : null,
    project: projectName,
    gitRef,
    skipped: steps.some(({ event }) => event === 'skip') && action.allocationId === null,
    deadlineAt: deadlineNow(action),
    steps: steps.map(({ event, to, at }) => ({ event, to, at })),
  };
}
