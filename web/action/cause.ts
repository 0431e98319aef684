import type { State } from '../../src/state-machine/action-state.js';
import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import type { Tone } from '../ui/state.js';
import { reasonText } from '../ui/reason.js';
import { duration } from '../ui/time.js';

/** What is the matter with an action, for somebody who has ten seconds. */
export interface Cause {
  readonly tone: Tone;
  /** One sentence: what it is and why. */
  readonly sentence: string;
  /** What the provisioner said last, in its words. */
  readonly said: string | null;
  /** What happens next, or what can be done. */
  readonly next: string | null;
}

/** How long a worker may take to fetch a job before something is wrong with the workers. */
const PICK_UP_MS = 5_000;

/** @param now milliseconds since 1970 */
export function causeOf(action: ActionDetail, now: number): Cause {
  const { state, statusText } = action;
  const made = WORDS[state](action, now);
  const showsText = statusText !== null && statusText !== 'ready';
  return { said: showsText ? statusText : null, next: null, ...made };
}

type Words = Omit<Cause, 'said' | 'next'> & Partial<Cause>;

const WORDS: Record<State, (action: ActionDetail, now: number) => Words> = {
  queued: (action, now) => ({
    tone: lastedMs(action, now) > PICK_UP_MS ? 'bad' : 'busy',
    sentence: queued(action, now),
    next: untilDeadline(action, now),
  }),
  provisioning: (action, now) => ({
    tone: isTrouble(action) ? 'bad' : 'busy',
    sentence: `It waits for the provisioner of ${action.action}, for ${lasted(action, now)} now.`,
    next: untilDeadline(action, now),
  }),
  reporting: (action, now) => ({
    tone: lastCallFailed(action) ? 'bad' : 'busy',
    sentence: `What it needs is ready; it waits for Vercel to accept that, for ${lasted(action, now)} now${lastAnswer(action)}.`,
    said: null,
  }),
  succeeded: (action) => ({ tone: 'good', sentence: `It succeeded: Vercel accepted it${took(action)}.` }),
  failing: (action, now) => ({
    tone: 'bad',
    sentence: `It fails${because(action)}; Vercel is told, and what was made is taken away, for ${lasted(action, now)} now.`,
  }),
  failed: (action) => ({
    tone: 'bad',
    sentence: `It failed${because(action)}.`,
    next: `Nothing is left of it outside. ${whatHelps(action)}`,
  }),
  canceling: (action, now) => ({
    tone: 'busy',
    sentence: `It was canceled${by(action, 'cancel')}; what was made is being taken away, for ${lasted(action, now)} now.`,
  }),
  canceled: (action) => ({
    tone: 'quiet',
    sentence: `It was canceled${by(action, 'cancel')}.`,
    next: 'Nothing is left of it outside.',
  }),
  releasing: (action, now) => ({
    tone: 'busy',
    sentence: `It lets go of what it holds${because(action)}, for ${lasted(action, now)} now.`,
  }),
  released: (action) => ({
    tone: 'quiet',
    sentence: `It was released${because(action)}.`,
    next: 'It holds nothing any more.',
  }),
};

function whatHelps({ commands }: ActionDetail): string {
  const why = commands.find(({ name }) => name === 'retry')?.why ?? null;
  return why ?? 'Vercel still waits: a retry queues it again, with the deadline that it has.';
}

function queued(action: ActionDetail, now: number): string {
  const waited = lasted(action, now);
  if (action.attempts > 0) return `It waits for a worker to try again, for ${waited} now.`;
  if (lastedMs(action, now) <= PICK_UP_MS) return `It waits for a worker, for ${waited} now.`;
  return `No worker has taken it for ${waited}: are workers running?`;
}

/** Since the last transition. */
export function lastedMs({ transitions, createdAt }: ActionDetail, now: number): number {
  return Math.max(0, now - Date.parse(transitions.at(-1)?.at ?? createdAt));
}

const lasted = (action: ActionDetail, now: number): string => duration(lastedMs(action, now));

function untilDeadline({ deadlineAt }: ActionDetail, now: number): string | null {
  if (deadlineAt === null) return null;
  const left = Date.parse(deadlineAt) - now;
  return left <= 0
    ? 'Its deadline has passed: Vercel is about to hear that it failed.'
    : `It has ${duration(left)} left until its deadline; then Vercel hears that it failed.`;
}

/** A code in words; an operator's own words are told beside who said them. */
function because({ reason, transitions }: ActionDetail): string {
  const given = reason ?? transitions.at(-1)?.reason ?? null;
  if (given === 'canceled-by-operator') return ` because ${aborterOf(transitions)} canceled it`;
  if (given === null) return byLast(transitions);
  const words = reasonText(given);
  if (words !== null) return ` because ${words}`;
  return `${byLast(transitions)}: “${given}”`;
}

function aborterOf(transitions: ActionDetail['transitions']): string {
  return nameOf(transitions.findLast(({ event }) => event === 'abort')?.actor ?? 'operator');
}

function byLast(transitions: ActionDetail['transitions']): string {
  const ordered = transitions.findLast(({ actor }) => actor !== 'worker');
  return ordered === undefined ? '' : ` by ${nameOf(ordered.actor)}`;
}

function by({ transitions }: ActionDetail, event: string): string {
  const ordered = transitions.findLast((transition) => transition.event === event);
  if (ordered === undefined) return '';
  return ` by ${nameOf(ordered.actor)}${ordered.reason === null ? '' : `: “${ordered.reason}”`}`;
}

/** `alice` of `operator:alice`. */
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
  return `; its last answer was ${answer}${last.code === null ? '' : ` (${last.code})`}`;
}

/** More than one claim, or a worker that came back: somebody had to try again. */
const isTrouble = ({ attempts }: ActionDetail): boolean => attempts > 2;
