import { z } from 'zod';
import { deadlineNow } from '../../action/deadline.js';
import { OUTCOMES, type Action } from '../../action/entities/action.entity.js';
import { statusTextOf } from '../../action/status-text.js';
import { OPERATOR_COMMANDS, refusalOf } from '../../state-machine/operator-commands.js';
import { EVENTS, STATES, type From } from '../../state-machine/action-state.js';
import type { Transition } from '../../action/entities/transition.entity.js';
import type { VercelCall } from '../../vercel/recorder/vercel-call.entity.js';
import { holdingsSchema } from '../allocations/allocation-answer.js';
import { deliverySchema } from '../deliveries/delivery-answer.js';
import { COUNT, named, pageOf, TEXT, TIME, UUID_TEXT } from '../../http/openapi/answers.js';

const FROMS: From[] = ['none', ...STATES];

/** An action in the API. Times are ISO 8601 in UTC. */
export const actionSchema = named(
  'Action',
  z.object({
    id: UUID_TEXT,
    installationId: TEXT,
    resourceId: TEXT,
    deploymentId: TEXT,
    action: TEXT.describe('the slug declared in Vercel’s Integration Console'),
    state: z.enum(STATES),
    outcome: z
      .enum(OUTCOMES)
      .nullable()
      .describe(
        'the outcome reported to Vercel, or the one that would have been reported; kept after a release',
      ),
    reason: TEXT.nullable().describe('the reason of a failure or a release: a code such as `deadline`'),
    statusText: TEXT.nullable().describe('one line for people'),
    project: TEXT.nullable().describe('the name of the project, or its id until the name is known'),
    gitRef: TEXT.nullable(),
    target: TEXT.nullable(),
    attempts: COUNT.describe('claims by workers, except those that a shutdown handed back'),
    allocationKey: TEXT.nullable(),
    deadlineAt: TIME.nullable().describe(
      'the time by which Vercel must have the outcome; null when the deadline no longer applies',
    ),
    createdAt: TIME,
    updatedAt: TIME,
  }),
);
export type ActionAnswer = z.infer<typeof actionSchema>;
export const actionPage = pageOf('ActionPage', actionSchema);

/** An audited state change of an action. */
export const transitionSchema = named(
  'Transition',
  z.object({
    id: TEXT.describe('increases with each transition; a decimal number that may exceed a double'),
    actionId: UUID_TEXT,
    event: z.enum(EVENTS),
    from: z.enum(FROMS).describe('`none`: the action did not exist before'),
    to: z.enum(STATES),
    actor: TEXT.describe('`vercel`, `worker`, `sweeper` or `operator:<name>`'),
    reason: TEXT.nullable().describe('a code, or the text of an operator'),
    deliveryId: UUID_TEXT.nullable(),
    at: TIME,
  }),
);
export type TransitionAnswer = z.infer<typeof transitionSchema>;

/** A completed call to Vercel's API. */
export const callSchema = named(
  'VercelCall',
  z.object({
    id: TEXT,
    operation: TEXT.describe('`updateAction` or `getDeployment`'),
    method: TEXT,
    path: TEXT,
    status: z.int().nullable().describe('null if no response arrived'),
    durationMs: COUNT,
    attempt: COUNT.describe('1 for the first attempt of a step, 2 for its first retry'),
    code: TEXT.nullable().describe('Vercel’s error code, or the network error; null after a success'),
    told: z.enum(['running', 'succeeded', 'failed']).nullable().describe('the reported status'),
    said: TEXT.nullable().describe('the reported text, as shown to the user who deploys'),
    at: TIME.describe('when the call ended'),
  }),
);
export type CallAnswer = z.infer<typeof callSchema>;

/** A command, and whether it is possible now. */
export const commandSchema = named(
  'ActionCommand',
  z.object({
    name: z.enum(OPERATOR_COMMANDS),
    allowed: z.boolean(),
    why: TEXT.nullable().describe('why the command is not possible, and what to do; null if it is possible'),
  }),
);
export type CommandAnswer = z.infer<typeof commandSchema>;

export const actionDetailSchema = named(
  'ActionDetail',
  actionSchema.extend({
    environment: TEXT.nullable().describe(
      '`production`, `preview` or the slug of a custom environment; null until the deployment was read',
    ),
    commands: z.array(commandSchema).describe('the commands of operators for this action'),
    allocation: holdingsSchema.nullable(),
    transitions: z.array(transitionSchema),
    deliveries: z.array(deliverySchema),
    calls: z.array(callSchema).describe('the last 500 calls, oldest first'),
    statusUrl: TEXT.nullable().describe('the status page for the user who deploys; null without PUBLIC_URL'),
  }),
);
export type ActionDetail = z.infer<typeof actionDetailSchema>;

export function actionAnswer(action: Action): ActionAnswer {
  const { id, installationId, resourceId, deploymentId, state, outcome, reason } = action;
  return {
    id,
    installationId,
    resourceId,
    deploymentId,
    action: action.action,
    state,
    outcome,
    reason,
    statusText: statusTextOf(action),
    project: action.projectName ?? action.projectId,
    gitRef: action.gitRef,
    target: action.target,
    attempts: action.attempt - action.handedBack,
    allocationKey: action.allocation?.key ?? null,
    deadlineAt: deadlineNow(action)?.toISOString() ?? null,
    createdAt: action.createdAt.toISOString(),
    updatedAt: action.updatedAt.toISOString(),
  };
}

/** @param now milliseconds since 1970 */
export function commandAnswers(action: Action, now: number): CommandAnswer[] {
  const { state, reason, failureReport, deadlineAt } = action;
  const context = { state, reason, failureReport, late: deadlineAt === null || deadlineAt.getTime() <= now };
  return OPERATOR_COMMANDS.map((name) => {
    const why = refusalOf(name, context);
    return { name, allowed: why === null, why };
  });
}

export function transitionAnswer(transition: Transition): TransitionAnswer {
  const { id, actionId, event, from, to, actor, reason, deliveryId, at } = transition;
  return { id, actionId, event, from, to, actor, reason, deliveryId, at: at.toISOString() };
}

export function callAnswer(call: VercelCall): CallAnswer {
  const { id, operation, method, path, status, durationMs, attempt, code, told, said, at } = call;
  return { id, operation, method, path, status, durationMs, attempt, code, told, said, at: at.toISOString() };
}
