import type { MeteredVerb } from '../../metrics/definitions/provisioner.js';
import { inPluginSpan } from '../../tracing/plugin-span.js';
import type { RunMemory } from '../values/run-memory.js';
import type { StepInput } from '../values/step-input.js';
import type { StepPorts } from '../ports/step-ports.js';
import { meterCall } from './metered-call.js';
import { callPlugin, type CallResult } from './plugin-call.js';
import { reportWhenSlow } from './slow-call.js';

/** One call of a provisioner. */
export interface ProvisionerCall<Answer> {
  readonly verb: MeteredVerb;
  invoke(signal: AbortSignal): Promise<unknown>;
  /** Returns the answer, or a text that names the broken rule of the contract. */
  check(answer: unknown): Answer | string;
  /** Ends the call before its time limit. */
  readonly signal: AbortSignal;
  /** The time limit; without one the limit of every plugin call. */
  readonly limitMs?: number;
}

/**
 * Calls a provisioner: the call with its limit and abort, inside a span, with metrics and log, and with a
 * progress report when it is slow. Returns after that report, which must not follow the verdict.
 */
export async function callProvisioner<Answer extends { status: 'ready' | 'pending' | 'gone' }>(
  input: StepInput,
  ports: StepPorts,
  call: ProvisionerCall<Answer>,
): Promise<{ result: CallResult<Answer>; memory: RunMemory }> {
  const progress = reportWhenSlow(input, ports);
  try {
    const start = performance.now();
    const result = await inPluginSpan(spanOf(input, ports, call.verb), () =>
      callPlugin(call.invoke, call.signal, call.check, call.limitMs, ports.clock.timeout),
    );
    meterCall(input, ports, { verb: call.verb, ms: performance.now() - start, result });
    return { result, memory: await progress.end() };
  } finally {
    await progress.end();
  }
}

/** In traces the provisioner has its name from actions.yaml. */
function spanOf({ view }: StepInput, { actions }: StepPorts, verb: MeteredVerb) {
  const provisioner = actions.get(view.action)?.provisioner ?? view.action;
  return { provisioner, verb, key: view.allocation?.key ?? '', actionId: view.id };
}
