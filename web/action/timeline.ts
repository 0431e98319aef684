import type { ActionDetail, CallAnswer, TransitionAnswer } from '../../src/api/actions/action-answer.js';
import type { DeliveryAnswer } from '../../src/api/deliveries/delivery-answer.js';
import { reasonText } from '../ui/reason.js';
import { toneOf, type Tone } from '../ui/state.js';
import { duration } from '../ui/time.js';
import { nameOf } from './cause.js';

export interface TimelineEntry {
  readonly key: string;
  /** ISO 8601. */
  readonly at: string;
  readonly kind: 'webhook' | 'transition' | 'message' | 'call';
  readonly tone: Tone;
  readonly title: string;
  readonly detail: string | null;
  /** The id of the delivery, for a webhook. */
  readonly delivery: string | null;
  /** The number of equal entries in a row. */
  readonly times: number;
  /** The time of the last of them; null if there is one. */
  readonly until: string | null;
}

/** Merges everything recorded about an action, oldest first. */
export function timelineOf(action: ActionDetail): TimelineEntry[] {
  const entries = [
    ...action.deliveries.map(ofDelivery),
    ...action.transitions.map(ofTransition),
    ...action.calls.map(ofCall),
    ...ofMessages(action),
  ];
  return fold(entries.toSorted(inOrder));
}

/** The order of entries with the same time: cause before effect. */
const ORDER: readonly TimelineEntry['kind'][] = ['webhook', 'transition', 'message', 'call'];

function inOrder(one: TimelineEntry, other: TimelineEntry): number {
  if (one.at !== other.at) return one.at < other.at ? -1 : 1;
  return ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind);
}

const plain = { detail: null, delivery: null, times: 1, until: null };

function ofDelivery({
  id,
  type,
  receivedAt,
  actor,
  reason,
  times,
  lastReceivedAt,
}: DeliveryAnswer): TimelineEntry {
  const operation = type.split('.').at(-1) ?? type;
  const replayed =
    actor === 'vercel' ? null : `replayed by ${nameOf(actor)}${reason === null ? '' : `: “${reason}”`}`;
  return {
    ...plain,
    key: `d${id}`,
    at: receivedAt,
    kind: 'webhook',
    tone: 'quiet',
    title: `Webhook ${operation}`,
    detail: replayed,
    delivery: id,
    times,
    until: times > 1 ? lastReceivedAt : null,
  };
}

function ofTransition({ id, at, from, to, event, actor, reason }: TransitionAnswer): TimelineEntry {
  const why = reason === null ? null : (reasonText(reason) ?? `“${reason}”`);
  const route = from === 'none' ? to : `${from} → ${to}`;
  return {
    ...plain,
    key: `t${id}`,
    at,
    kind: 'transition',
    tone: toneOf(to),
    title: route,
    detail: [`${event} by ${nameOf(actor)}`, why].filter((part) => part !== null).join(': '),
  };
}

function ofCall({
  id,
  at,
  operation,
  told,
  method,
  status,
  durationMs,
  attempt,
  code,
}: CallAnswer): TimelineEntry {
  const answer = [status === null ? 'no answer' : String(status), code].filter((part) => part !== null);
  const fine = status !== null && status < 400;
  const details = [`${method} in ${duration(durationMs)}`, ...(attempt > 1 ? [`attempt ${attempt}`] : [])];
  return {
    ...plain,
    key: `c${id}`,
    at,
    kind: 'call',
    tone: fine ? 'quiet' : 'bad',
    title: `Vercel ${operation}${told === null ? '' : ` (${told})`}: ${answer.join(' ')}`,
    detail: details.join(', '),
  };
}

/** The texts, each once: those reported to Vercel, and the present one, which may not be reported yet. */
function ofMessages({ id, calls, statusText, updatedAt, transitions }: ActionDetail): TimelineEntry[] {
  const reported = calls.flatMap(({ id: call, at, durationMs, said }, index) => {
    if (said === null || said === calls.slice(0, index).findLast((before) => before.said !== null)?.said)
      return [];
    return [messageOf(`s${call}`, new Date(Date.parse(at) - durationMs).toISOString(), said)];
  });
  if (statusText === null || statusText === reported.at(-1)?.title) return reported.filter(isNews);
  const last = transitions.at(-1)?.at ?? updatedAt;
  return [...reported, messageOf(`m${id}`, updatedAt < last ? last : updatedAt, statusText)].filter(isNews);
}

const messageOf = (key: string, at: string, title: string): TimelineEntry => ({
  ...plain,
  key,
  at,
  kind: 'message',
  tone: 'busy',
  title,
});

/** False for the text of a success without a message. */
const isNews = ({ title }: TimelineEntry): boolean => title !== 'ready';

/** Merges equal calls in a row into one entry, so that minutes of retries stay readable. */
function fold(entries: TimelineEntry[]): TimelineEntry[] {
  const folded: TimelineEntry[] = [];
  for (const entry of entries) {
    const before = folded.at(-1);
    if (
      before === undefined ||
      entry.kind !== 'call' ||
      before.kind !== 'call' ||
      before.title !== entry.title
    ) {
      folded.push(entry);
      continue;
    }
    folded[folded.length - 1] = { ...before, detail: entry.detail, times: before.times + 1, until: entry.at };
  }
  return folded;
}
