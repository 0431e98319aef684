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
import { create, type MadeStep } from './step.js';
import { stepKey } from './step.key.js';

/** Calls `provision` of a step. Throws what it throws, with the step's name; PermanentError for an answer that is none. */
export function provisionStep(
  step: MadeStep,
  { config, handle }: { config: unknown; handle: Json },
  request: ProvisionRequest,
): Promise<Ready | Pending> {
  const asked = { ...requestOf(step, handle, request), deployment: request.deployment };
  return call(step, config, request, async (one) =>
    checked(step, 'provision', ['ready', 'pending'], await one.provision(asked)),
  );
}

export function deprovisionStep(
  step: MadeStep,
  { config, handle }: { config: unknown; handle: Json },
  request: DeprovisionRequest,
): Promise<Gone | Pending> {
  const asked = requestOf(step, handle, request);
  return call(step, config, request, async (one) =>
    checked(step, 'deprovision', ['gone', 'pending'], await one.deprovision(asked)),
  );
}

/** Labels are the step's own: two steps of one plugin do not get the same password. */
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
  config: unknown,
  request: DeprovisionRequest,
  verb: (one: Provisioner) => Promise<T>,
): Promise<T> {
  request.signal.throwIfAborted();
  try {
    return await (step.fixed === null ? once(step, config, request, verb) : verb(step.fixed));
  } catch (error) {
    request.signal.throwIfAborted();
    const text = `sequence: step ${step.name}: ${error instanceof Error ? error.message : String(error)}`;
    throw PermanentError.is(error)
      ? new PermanentError(text, { cause: error })
      : new Error(text, { cause: error });
  }
}

/** A step with references has another configuration for each key: its provisioner lives as long as the call. */
async function once<T>(
  step: MadeStep,
  config: unknown,
  request: DeprovisionRequest,
  verb: (one: Provisioner) => Promise<T>,
): Promise<T> {
  const one = createFor(step, config);
  try {
    return await verb(one);
  } finally {
    await one.close?.().catch((error: unknown) => {
      request.log(`sequence: step ${step.name} could not be closed`, {
        error: String(error),
        step: step.name,
      });
    });
  }
}

/** What `create` refuses now it refuses each time. */
function createFor(step: MadeStep, config: unknown): Provisioner {
  try {
    return create(step, config);
  } catch (error) {
    throw new PermanentError((error as Error).message.replace(/^step [a-z0-9]+: /, ''), { cause: error });
  }
}

/** An answer of which nothing is known yet. */
type Odd = {
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
  const wrong = wrongWith(allowed, answer as Odd | null | undefined);
  if (wrong === null) return answer;
  throw new PermanentError(`${step.plugin.name} breaks its contract: ${verb} answered ${wrong}`);
}

function wrongWith(allowed: readonly string[], answer: Odd | null | undefined): string | null {
  const status: unknown = answer?.status;
  if (typeof status !== 'string' || !allowed.includes(status))
    return `status ${JSON.stringify(status)}, not ${allowed.map((one) => `"${one}"`).join(' or ')}`;
  if (status === 'ready' && answer?.handle === undefined) return 'ready without a handle';
  if (status === 'pending' && typeof answer?.message !== 'string') return 'pending without a message';
  if (status === 'pending' && !Number.isFinite(answer?.retryAfterMs)) return 'pending without retryAfterMs';
  const odd = Object.entries(answer?.secrets ?? {}).find(
    ([, value]) => typeof value !== 'string' || value === '',
  );
  return odd === undefined ? null : `an empty secret ${odd[0]}`;
}
