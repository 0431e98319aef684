import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { deadlineNow } from '../action/deadline.js';
import { Action } from '../action/entities/action.entity.js';
import { Transition } from '../action/entities/transition.entity.js';
import { READ } from '../database/database.constants.js';
import type { ReadRepository } from '../database/read-repository.js';
import type { Event, Reason, State } from '../state-machine/action-state.js';

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

/** Reads the actions behind status pages. */
@Injectable()
export class StatusRecords {
  constructor(
    @InjectRepository(Action, READ) private readonly actions: ReadRepository<Action>,
    @InjectRepository(Transition, READ) private readonly transitions: ReadRepository<Transition>,
  ) {}

  /** Reads the data of a page; null if the action does not exist. */
  async find(id: string): Promise<StatusRecord | null> {
    const action = await this.actions.findOneBy({ id });
    if (action === null) return null;
    const steps = await this.transitions.find({
      select: { id: true, event: true, to: true, at: true },
      where: { actionId: id },
      order: { id: 'ASC' },
    });
    return recordOf(action, steps);
  }
}

function recordOf(action: Action, steps: Transition[]): StatusRecord {
  const { id, installationId, deploymentId, state, outcome, reason, projectName, gitRef } = action;
  return {
    id,
    installationId,
    deploymentId,
    action: action.action,
    state,
    outcome,
    reason: reason as Reason | null,
    text: textOf(action),
    project: projectName,
    gitRef,
    skipped: steps.some(({ event }) => event === 'skip') && action.allocationId === null,
    deadlineAt: deadlineNow(action),
    steps: steps.map(({ event, to, at }) => ({ event, to, at })),
  };
}

const TEXT_OF: Partial<Record<State, 'failureText' | 'progressText'>> = {
  queued: 'progressText',
  provisioning: 'progressText',
  reporting: 'progressText',
  succeeded: 'progressText',
  failing: 'failureText',
  failed: 'failureText',
};

/** In other states the text is about the removal, which does not concern the user who deploys. */
function textOf(action: Action): string | null {
  const text = TEXT_OF[action.state];
  return text === undefined ? null : action[text];
}
