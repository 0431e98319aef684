import type { Event, FailureReport, State } from './action-state.js';

/** The commands for operators. */
export const OPERATOR_COMMANDS = ['retry', 'release', 'cancel'] as const;
export type OperatorCommand = (typeof OPERATOR_COMMANDS)[number];

/** The maximum length of an operator's reason, in characters. */
export const MAX_REASON_LENGTH = 500;

/**
 * The event of a command. An operator's cancel becomes `abort`, not `cancel`: Vercel does not know about it,
 * so it has to receive `failed`.
 */
export const EVENT_OF = { retry: 'retry', release: 'release', cancel: 'abort' } as const satisfies Record<
  OperatorCommand,
  Event
>;

/**
 * The states in which an operator may send a command. The table of transitions allows more, because the
 * sweeper releases actions in other states.
 */
export const ALLOWED_STATES: Record<OperatorCommand, readonly State[]> = {
  retry: ['failed'],
  release: ['reporting', 'succeeded'],
  cancel: ['queued', 'provisioning'],
};

/** The data that decides whether a command is possible. */
export interface CommandContext {
  state: State;
  reason: string | null;
  failureReport: FailureReport | null;
  /** The deadline has passed, or the action has none. */
  late: boolean;
}

/** Why `command` is not possible now, in a sentence that says what to do; null if it is possible. */
export function refusalOf(command: OperatorCommand, context: CommandContext): string | null {
  const { state, late } = context;
  if (command === 'cancel' && state === 'reporting') return REPORTING;
  if (!ALLOWED_STATES[command].includes(state))
    return `${command} is possible in ${ALLOWED_STATES[command].join(', ')}`;
  if (command === 'retry') return whyRetryIsUseless(context);
  return command === 'release' && state === 'reporting' && !late ? STILL_REPORTING : null;
}

const REPORTING =
  'Vercel may already have accepted `succeeded`, and a `failed` would contradict it. ' +
  'Wait until the action has succeeded, then release it.';
const STILL_REPORTING =
  'Vercel still waits for the report of `succeeded`. ' +
  'Wait until the action has succeeded, or until its deadline has passed.';
export const REDEPLOY = 'Ask the customer to redeploy.';

/**
 * Why a retry cannot help. It helps only while Vercel waits and has no verdict: a second, different verdict
 * would contradict the first.
 */
function whyRetryIsUseless({ reason, failureReport, late }: CommandContext): string | null {
  if (reason === 'deployment-settled') return `Vercel no longer waits for this deployment. ${REDEPLOY}`;
  if (failureReport === 'accepted') return `Vercel accepted \`failed\` and ended the deployment. ${REDEPLOY}`;
  if (late) return `The deadline has passed, and Vercel no longer waits. ${REDEPLOY}`;
  if (failureReport !== 'none')
    return `Vercel may have accepted \`failed\`: no answer to the report came back. ${REDEPLOY}`;
  return null;
}
