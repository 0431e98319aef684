import { isWorking } from '../../src/state-machine/action-state.js';
import type { ActionDetail, TransitionAnswer } from '../../src/api/actions/action-answer.js';

/** One period, in milliseconds since its run began. */
export interface Stretch {
  readonly from: number;
  readonly ms: number;
}

export interface Bar {
  readonly name: string;
  readonly kind: 'webhook' | 'state' | 'vercel';
  readonly stretches: readonly Stretch[];
  /** The sum of all stretches. */
  readonly ms: number;
  /** True while the period lasts. */
  readonly open: boolean;
}

/** The time from an event that starts work on an action until the action rests. */
export interface Run {
  readonly event: TransitionAnswer['event'];
  readonly actor: string;
  readonly startedAt: number;
  readonly ms: number;
  readonly bars: readonly Bar[];
}

type Timed = Pick<ActionDetail, 'transitions' | 'calls' | 'deliveries'>;

/**
 * Returns the runs of an action, oldest first. Time in which the action rested belongs to no run.
 *
 * @param now milliseconds since 1970; the end of a state that still lasts
 */
export function runsOf(action: Timed, now: number): Run[] {
  return splitAtRest(action.transitions).map((transitions, index) =>
    runOf(action, transitions, now, index === 0),
  );
}

const timeOf = (at: string): number => Date.parse(at);

/** Splits the transitions: each part begins with the end of a rest, and ends with the next rest. */
function splitAtRest(transitions: readonly TransitionAnswer[]): TransitionAnswer[][] {
  const runs: TransitionAnswer[][] = [];
  let resting = true;
  for (const transition of transitions) {
    if (resting) runs.push([]);
    runs.at(-1)?.push(transition);
    resting = !isWorking(transition.to);
  }
  return runs;
}

function runOf(action: Timed, transitions: TransitionAnswer[], now: number, isFirst: boolean): Run {
  const [first, last] = [transitions[0], transitions.at(-1)];
  if (first === undefined || last === undefined) throw new Error('time bars: a run without transitions');
  const begun = timeOf(first.at);
  const end = isWorking(last.to) ? Math.max(now, timeOf(last.at)) : timeOf(last.at);
  const sent = isFirst ? sentAt(action, first, begun) : begun;
  const webhook = sent < begun ? [barOf('webhook', 'webhook', [{ from: 0, ms: begun - sent }])] : [];
  const bars = [...webhook, ...stateBars(transitions, sent, end), ...callBars(action, sent, end)];
  return { event: first.event, actor: first.actor, startedAt: sent, ms: end - sent, bars };
}

/** The time of Vercel's event if known, at most `begun`, because Vercel's clock may be ahead of ours. */
function sentAt({ deliveries }: Timed, first: TransitionAnswer, begun: number): number {
  const delivery = deliveries.find(({ id }) => id === first.deliveryId);
  return delivery === undefined ? begun : Math.min(timeOf(delivery.eventCreatedAt), begun);
}

function stateBars(transitions: readonly TransitionAnswer[], origin: number, end: number): Bar[] {
  const stretches = transitions.flatMap(({ to, at }, index) => {
    if (!isWorking(to)) return [];
    const next = transitions[index + 1];
    const from = timeOf(at);
    const until = next === undefined ? end : timeOf(next.at);
    return [{ state: to, stretch: { from: from - origin, ms: until - from }, open: next === undefined }];
  });
  return stretches.map(({ state, stretch, open }) => ({ ...barOf(state, 'state', [stretch]), open }));
}

function callBars({ calls }: Timed, origin: number, end: number): Bar[] {
  const within = calls.filter(({ at, durationMs }) => {
    const begun = timeOf(at) - durationMs;
    return begun >= origin && begun <= end;
  });
  const byOperation = Map.groupBy(within, ({ operation }) => operation);
  return [...byOperation].map(([operation, made]) =>
    barOf(
      `Vercel: ${operation}`,
      'vercel',
      made.map(({ at, durationMs }) => ({
        from: timeOf(at) - durationMs - origin,
        ms: durationMs,
      })),
    ),
  );
}

function barOf(name: string, kind: Bar['kind'], stretches: Stretch[]): Bar {
  const ms = stretches.reduce((sum, stretch) => sum + stretch.ms, 0);
  return { name, kind, stretches, ms, open: false };
}
