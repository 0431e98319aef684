import type { State } from '../../src/state-machine/action-state.js';
import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import type { Tone } from '../ui/state.js';
import { reasonText } from '../ui/reason.js';
import { duration } from '../ui/time.js';

/** The problem of an action, for an operator who has ten seconds. */
export interface Cause {
  readonly tone: Tone;
  /** One sentence: what happens and why. */
  readonly sentence: string;
  /** The status text; null if it adds nothing. */
  readonly text: string | null;
  /** What happens next, or what the operator can do. */
  readonly next: string | null;
}

/** How long a worker may take to claim a job before something is wrong with the workers. */
const PICK_UP_MS = 5_000;

/** @param now milliseconds since 1970 */
export function causeOf(action: ActionDetail, now: number): Cause {
  const { state, statusText } = action;
  const showsText = statusText !== null && statusText !== 'ready';
  return { text: showsText ? statusText : null, next: null, ...CAUSES[state](action, now) };
}

type StateCause = Omit<Cause, 'text' | 'next'> & Partial<Cause>;

const CAUSES: Record<State, (action: ActionDetail, now: number) => StateCause> = {
  queued: (action, now) => ({
    tone: lastedMs(action, now) > PICK_UP_MS ? 'bad' : 'busy',
    sentence: queued(action, now),
    next: untilDeadline(action, now),
  }),
  provisioning: (action, now) => ({
    tone: isRepeated(action) ? 'bad' : 'busy',
    sentence: `Waiting for ${lasted(action, now)} for the provisioner of ${action.action}.`,
    next: untilDeadline(action, now),
  }),
  reporting: (action, now) => ({
    tone: lastCallFailed(action) ? 'bad' : 'busy',
    sentence:
      `Ready. Waiting for ${lasted(action, now)} for Vercel to accept the report.` + lastAnswer(action),
    text: null,
  }),
  succeeded: (action) => ({
    tone: 'good',
    sentence: `The action succeeded: Vercel accepted the report${took(action)}.`,
  }),
  failing: (action, now) => ({
    tone: 'bad',
    sentence: `The action fails${because(action)}. Drawbridge reports this and ${removes(action, now)}`,
  }),
  failed: (action) => ({
    tone: 'bad',
    sentence: `The action failed${because(action)}.`,
    next: `Nothing remains at the backend. ${whatHelps(action)}`,
  }),
  canceling: (action, now) => ({
    tone: 'busy',
    sentence: `The action was canceled${by(action, 'cancel')}. Drawbridge ${removes(action, now)}`,
  }),
  canceled: (action) => ({
    tone: 'quiet',
    sentence: `The action was canceled${by(action, 'cancel')}.`,
    next: 'Nothing remains at the backend.',
  }),
  releasing: (action, now) => ({
    tone: 'busy',
    sentence: `The action is being released${because(action)}. ${sofar(action, now)}`,
  }),
  released: (action) => ({
    tone: 'quiet',
    sentence: `The action was released${because(action)}.`,
    next: 'The action no longer holds an allocation.',
  }),
};

const removes = (action: ActionDetail, now: number): string => `removes what was made. ${sofar(action, now)}`;

const sofar = (action: ActionDetail, now: number): string => `This has taken ${lasted(action, now)} so far.`;

function whatHelps({ commands }: ActionDetail): string {
  const why = commands.find(({ name }) => name === 'retry')?.why ?? null;
  return why ?? 'Vercel still waits: you can retry the action. Its deadline does not change.';
}

function queued(action: ActionDetail, now: number): string {
  const waited = lasted(action, now);
  if (action.attempts > 0) return `Waiting for ${waited} for the next attempt of a worker.`;
  if (lastedMs(action, now) <= PICK_UP_MS) return `Waiting for ${waited} for a worker.`;
  return `No worker has claimed the action for ${waited}. Check that workers are running.`;
}

/** Milliseconds since the last transition. */
export function lastedMs({ transitions, createdAt }: ActionDetail, now: number): number {
  return Math.max(0, now - Date.parse(transitions.at(-1)?.at ?? createdAt));
}

const lasted = (action: ActionDetail, now: number): string => duration(lastedMs(action, now));

function untilDeadline({ deadlineAt }: ActionDetail, now: number): string | null {
  if (deadlineAt === null) return null;
  const left = Date.parse(deadlineAt) - now;
  return left <= 0
    ? 'The deadline has passed. Drawbridge is about to report the failure to Vercel.'
    : `${duration(left)} left until the deadline. After that, Drawbridge reports a failure to Vercel.`;
}

/** The reason as the end of a sentence. Quotes a reason that an operator wrote, with the operator's name. */
function because({ reason, transitions }: ActionDetail): string {
  const given = reason ?? transitions.at(-1)?.reason ?? null;
  if (given === 'canceled-by-operator') return ` because ${aborterOf(transitions)} canceled it`;
  if (given === null) return byLast(transitions);
  const text = reasonText(given);
  if (text !== null) return ` because ${text}`;
  return `${byLast(transitions)}: “${given}”`;
}

function aborterOf(transitions: ActionDetail['transitions']): string {
  return nameOf(transitions.findLast(({ event }) => event === 'abort')?.actor ?? 'operator');
}

function byLast(transitions: ActionDetail['transitions']): string {
  const last = transitions.findLast(({ actor }) => actor !== 'worker');
  return last === undefined ? '' : ` by ${nameOf(last.actor)}`;
}

function by({ transitions }: ActionDetail, event: string): string {
  const last = transitions.findLast((transition) => transition.event === event);
  if (last === undefined) return '';
  return ` by ${nameOf(last.actor)}${last.reason === null ? '' : `: “${last.reason}”`}`;
}

/** Returns the name of an actor for people: `alice` for `operator:alice`. */
export function nameOf(actor: string): string {
  if (actor === 'vercel') return 'Vercel';
  return actor.startsWith('operator:') ? actor.slice('operator:'.length) : `the ${actor}`;
}

function took({ transitions }: ActionDetail): string {
  const accepted = transitions.findLast(({ event }) => event === 'accepted');
  const begun = transitions.findLast(
    ({ event, id }) => BEGINS.has(event) && accepted && BigInt(id) < BigInt(accepted.id),
  );
  if (accepted === undefined || begun === undefined) return '';
  return ` after ${duration(Date.parse(accepted.at) - Date.parse(begun.at))}`;
}

const BEGINS: ReadonlySet<string> = new Set(['start', 'retry']);

function lastCallFailed({ calls }: ActionDetail): boolean {
  const last = calls.at(-1);
  return last !== undefined && (last.status === null || last.status >= 400);
}

function lastAnswer(action: ActionDetail): string {
  const last = action.calls.at(-1);
  if (last === undefined || !lastCallFailed(action)) return '';
  const answer = last.status === null ? 'none' : String(last.status);
  return ` Its last answer: ${answer}${last.code === null ? '' : ` (${last.code})`}.`;
}

/** True after several claims: a worker had to try again. */
const isRepeated = ({ attempts }: ActionDetail): boolean => attempts > 2;
