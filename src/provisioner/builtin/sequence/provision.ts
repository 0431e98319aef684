import { type Pending, PermanentError, type ProvisionRequest, type Ready } from '../../provisioner.js';
import { handleIfChanged, handleOf, type SequenceHandle, stateOf, type States, withState } from './handle.js';
import { seal } from './sealing.js';
import { provisionStep } from './step-call.js';
import { exposed, holds, provisionerOf, sealedOf } from './step-config.js';
import type { MadeStep } from './step.js';

/** How many deployments can pass through one sequence at once; with more, some repeat steps. */
const MAX_DEPLOYMENTS = 20;
/**
 * The shortest `retryAfterMs`: Drawbridge stores the handle after each step, and the next call continues.
 */
const CHECKPOINT_MS = 100;

type Answer = Ready<SequenceHandle> | Pending<SequenceHandle>;

/**
 * Runs one step per call. So a step starts only when the handle of those before it is stored, which
 * `deprovision` relies on. It also has the call's whole time limit.
 */
export async function provision(
  steps: readonly MadeStep[],
  states: States,
  request: ProvisionRequest,
): Promise<Answer> {
  const index = steps.findIndex((step) => !isDone(step, states, request));
  const next = steps[index];
  if (next === undefined) return collectSecrets(steps, states, request);
  return advance(next, steps[index + 1] ?? null, { states, request });
}

/**
 * Returns true when the step is ready for this deployment (a folder of files may have grown since an earlier
 * one) and the secrets that others need are stored.
 */
function isDone(step: MadeStep, states: States, request: ProvisionRequest): boolean {
  if (stateOf(states, step.name).done?.includes(request.deployment.id) !== true) return false;
  if (step.needed.length === 0) return true;
  const sealed = sealedOf(step.name, states, request);
  return step.needed.every((secret) => holds(sealed, secret));
}

async function advance(
  step: MadeStep,
  following: MadeStep | null,
  { states, request }: { states: States; request: ProvisionRequest },
): Promise<Answer> {
  const answer = await ask(step, states, request);
  if (answer.status === 'pending') return pendingOf(step, answer, states);
  const secrets = answer.secrets ?? {};
  const after = withState(states, step.name, {
    handle: answer.handle,
    done: doneFor(request.deployment.id, stateOf(states, step.name).done),
    ...(Object.keys(secrets).length > 0 ? { secrets: true } : {}),
    ...sealedFor(step, secrets, request),
  });
  const then = following === null ? 'all steps are done' : `next is ${following.name}`;
  return {
    status: 'pending',
    handle: handleOf(after),
    message: `${step.name}: ready, ${then}`,
    retryAfterMs: CHECKPOINT_MS,
  };
}

function doneFor(deployment: string, others: readonly string[] = []): string[] {
  return [...others.filter((other) => other !== deployment), deployment].slice(-MAX_DEPLOYMENTS);
}

/** Calls every step with secrets once more, all at once, because secrets are not stored. */
async function collectSecrets(
  steps: readonly MadeStep[],
  states: States,
  request: ProvisionRequest,
): Promise<Answer> {
  const asked = steps.filter((step) => stateOf(states, step.name).secrets && step.expose?.length !== 0);
  const answers = await allOf(
    asked.map(async (step) => ({ step, answer: await ask(step, states, request) })),
  );
  let after = states;
  const secrets: Record<string, string> = {};
  for (const { step, answer } of answers) {
    if (answer.status === 'pending') return pendingOf(step, answer, after);
    after = withState(after, step.name, { handle: answer.handle });
    Object.assign(secrets, exposed(step, answer.secrets ?? {}).secrets);
  }
  return { status: 'ready', handle: handleOf(after), secrets };
}

/** Calls a step. Throws when a secret that the deployment should get is missing. */
async function ask(step: MadeStep, states: States, request: ProvisionRequest): Promise<Ready | Pending> {
  const found = provisionerOf(step, states, request);
  if (found.kind === 'refused') throw new PermanentError(`sequence: step ${step.name}: ${found.text}`);
  if (found.kind === 'unknown')
    throw new Error(`sequence: step ${step.name} needs a secret of step ${found.step} that is not stored`);
  const handle = stateOf(states, step.name).handle ?? null;
  const answer = await provisionStep(step, { ...found, handle }, request);
  const missing = answer.status === 'ready' ? exposed(step, answer.secrets ?? {}).missing : null;
  if (missing !== null) throw new PermanentError(`sequence: step ${step.name}: ${missing}`);
  return answer;
}

function pendingOf(step: MadeStep, { message, retryAfterMs, handle }: Pending, states: States): Answer {
  const after = handle === undefined ? states : withState(states, step.name, { handle });
  return {
    status: 'pending',
    message: `${step.name}: ${message}`,
    retryAfterMs,
    ...handleIfChanged(states, after),
  };
}

function sealedFor(
  step: MadeStep,
  secrets: Readonly<Record<string, string>>,
  request: ProvisionRequest,
): { sealed?: string } {
  if (step.needed.length === 0) return {};
  const needed = step.needed.map(
    (name) => [name, Object.hasOwn(secrets, name) ? secrets[name] : null] as const,
  );
  return { sealed: seal(Object.fromEntries(needed) as Record<string, string | null>, step.name, request) };
}

/** Waits for all, so that nothing runs after the call, and then throws the first error. */
export async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
