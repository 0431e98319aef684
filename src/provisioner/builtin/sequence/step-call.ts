import {
  type DeprovisionRequest,
  type Gone,
  type Json,
  type Pending,
  PermanentError,
  type Provisioner,
  type ProvisionRequest,
  type Ready,
} from '../../provisioner.js';
import type { MadeStep } from './step.js';
import { stepKey } from './step-key.js';

/** The provisioner of a step, whether it is made for this call only, and the step's handle. */
export interface Callee {
  readonly provisioner: Provisioner;
  readonly once: boolean;
  readonly handle: Json;
}

/**
 * Calls `provision` of a step. Throws its error with the step's name; a PermanentError for an invalid
 * answer.
 */
export function provisionStep(
  step: MadeStep,
  callee: Callee,
  request: ProvisionRequest,
): Promise<Ready | Pending> {
  const asked = { ...requestOf(step, callee.handle, request), deployment: request.deployment };
  return call(step, callee, request, async (one) =>
    checked(step, 'provision', ['ready', 'pending'], await one.provision(asked)),
  );
}

export function deprovisionStep(
  step: MadeStep,
  callee: Callee,
  request: DeprovisionRequest,
): Promise<Gone | Pending> {
  const asked = requestOf(step, callee.handle, request);
  return call(step, callee, request, async (one) =>
    checked(step, 'deprovision', ['gone', 'pending'], await one.deprovision(asked)),
  );
}

/**
 * The request of a step. Labels contain the step's name, so two steps of one plugin get different passwords.
 */
function requestOf(step: MadeStep, handle: Json, request: DeprovisionRequest): DeprovisionRequest {
  const { name } = step;
  return {
    key: stepKey(request.key, step),
    handle,
    resource: request.resource,
    installationId: request.installationId,
    signal: request.signal,
    derive: (label) => request.derive(`sequence:${name}:${label}`),
    log: (message, fields = {}) => request.log(`${name}: ${message}`, { ...fields, step: name }),
  };
}

async function call<T>(
  step: MadeStep,
  { provisioner, once }: Callee,
  request: DeprovisionRequest,
  verb: (one: Provisioner) => Promise<T>,
): Promise<T> {
  try {
    request.signal.throwIfAborted();
    return await verb(provisioner);
  } catch (error) {
    request.signal.throwIfAborted();
    const text = `sequence: step ${step.name}: ${error instanceof Error ? error.message : String(error)}`;
    throw PermanentError.is(error)
      ? new PermanentError(text, { cause: error })
      : new Error(text, { cause: error });
  } finally {
    if (once) await close(step, provisioner, request);
  }
}

/** Closes the provisioner. A failure is only logged: the answer is valid. */
async function close(step: MadeStep, provisioner: Provisioner, request: DeprovisionRequest): Promise<void> {
  try {
    await provisioner.close?.();
  } catch (error) {
    const fields = { error: String(error), step: step.name };
    request.log(`sequence: step ${step.name} could not be closed`, fields);
  }
}

/** An answer before its check. */
type UncheckedAnswer = {
  readonly status?: unknown;
  readonly handle?: unknown;
  readonly message?: unknown;
  readonly retryAfterMs?: unknown;
  readonly secrets?: object;
};

function checked<T extends Ready | Pending | Gone>(
  step: MadeStep,
  verb: string,
  allowed: readonly string[],
  answer: T,
): T {
  const wrong = problemOfAnswer(allowed, answer);
  if (wrong === null) return answer;
  throw new PermanentError(`${step.plugin.name} breaks its contract: ${verb} answered ${wrong}`);
}

function problemOfAnswer(
  allowed: readonly string[],
  answer: UncheckedAnswer | null | undefined,
): string | null {
  const status: unknown = answer?.status;
  if (typeof status !== 'string' || !allowed.includes(status))
    return `status ${JSON.stringify(status)}, not ${allowed.map((one) => `"${one}"`).join(' or ')}`;
  if (status === 'ready' && answer?.handle === undefined) return 'ready without a handle';
  if (status === 'pending' && typeof answer?.message !== 'string') return 'pending without a message';
  if (status === 'pending' && !Number.isFinite(answer?.retryAfterMs)) return 'pending without retryAfterMs';
  const invalid = Object.entries(answer?.secrets ?? {}).find(
    ([, value]) => typeof value !== 'string' || value === '',
  );
  return invalid === undefined ? null : `the empty or invalid secret ${invalid[0]}`;
}
