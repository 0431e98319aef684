import type { DeprovisionRequest, Gone, Pending } from '../../provisioner.js';
import { handleIfChanged, handleOf, type SequenceHandle, stateOf, type States, withState } from './handle.js';
import { allOf } from './provision.js';
import { deprovisionStep } from './step-call.js';
import { provisionerOf } from './step-config.js';
import type { MadeStep } from './step.js';

/** A call deprovisions no further step after this time, so that Drawbridge stores the progress first. */
const WALK_MS = 10_000;
const CHECKPOINT_MS = 100;

type Answer = Gone | Pending<SequenceHandle>;
type StepAnswer = { readonly step: MadeStep; readonly answer: Gone | Pending };

/**
 * Deprovisions the steps in reverse order. The handle records which steps are gone, so that they are not
 * called again while others are pending. But a call answers `gone` only when every step answered so in this
 * call: a provision call that was still running may have made a thing again, and Drawbridge relies on the
 * last call.
 */
export async function deprovision(
  steps: readonly MadeStep[],
  states: States,
  request: DeprovisionRequest,
  now: () => number = () => performance.now(),
): Promise<Answer> {
  const startedAt = now();
  const known = steps.filter((step) => stateOf(states, step.name).gone);
  const left = steps.filter((step) => !known.includes(step)).toReversed();
  let after = states;
  for (const [index, step] of left.entries()) {
    if (index > 0 && now() - startedAt > WALK_MS) return checkpoint(step, after);
    const { answer } = await ask(step, after, request);
    if (answer.status === 'pending') return pendingOf(step, answer, states, after);
    after = withState(after, step.name, { gone: true });
  }
  if (left.length > 0 && known.length > 0 && now() - startedAt > WALK_MS)
    return checkpoint(known.at(-1) as MadeStep, after);
  return askAgain(known, states, after, request);
}

async function askAgain(
  known: readonly MadeStep[],
  states: States,
  after: States,
  request: DeprovisionRequest,
): Promise<Answer> {
  const answers = await allOf(known.map((step) => ask(step, after, request)));
  const back = answers.flatMap(({ step, answer }) => (answer.status === 'pending' ? [{ step, answer }] : []));
  const [first] = back;
  if (first === undefined) return { status: 'gone' };
  const names = back.map(({ step }) => step.name);
  return pendingOf(first.step, first.answer, states, withoutGone(after, names));
}

/**
 * A step that never started is gone: it starts only when the secrets that it refers to are stored. Throws
 * for a step that started and that the current configuration cannot call.
 */
async function ask(step: MadeStep, states: States, request: DeprovisionRequest): Promise<StepAnswer> {
  const found = provisionerOf(step, states, request);
  if (found.kind === 'known') {
    const handle = stateOf(states, step.name).handle ?? null;
    return { step, answer: await deprovisionStep(step, { ...found, handle }, request) };
  }
  const why =
    found.kind === 'refused' ? found.text : `it needs a secret of step ${found.step} that is not stored`;
  const { done, handle } = stateOf(states, step.name);
  if (done !== undefined || handle !== undefined)
    throw new Error(`sequence: step ${step.name} cannot be deprovisioned: ${why}`);
  request.log(`sequence: step ${step.name} was never started, so there is nothing to remove: ${why}`, {
    step: step.name,
  });
  return { step, answer: { status: 'gone' } };
}

function pendingOf(
  step: MadeStep,
  { message, retryAfterMs, handle }: Pending,
  before: States,
  after: States,
): Answer {
  const states = handle === undefined ? after : withState(after, step.name, { handle });
  return {
    status: 'pending',
    message: `${step.name}: ${message}`,
    retryAfterMs,
    ...handleIfChanged(before, states),
  };
}

function checkpoint(next: MadeStep, after: States): Answer {
  return {
    status: 'pending',
    handle: handleOf(after),
    message: `${next.name}: deprovisioned next`,
    retryAfterMs: CHECKPOINT_MS,
  };
}

function withoutGone(states: States, names: readonly string[]): States {
  return Object.fromEntries(
    Object.entries(states).map(([name, { gone, ...state }]) =>
      names.includes(name) || !gone ? [name, state] : [name, { ...state, gone }],
    ),
  );
}
