import type { MeteredVerb } from '../../metrics/definitions/provisioner.js';
import { inPluginSpan } from '../../tracing/plugin-span.js';
import type { RunMemory } from '../run/run-memory.js';
import type { StepInput } from '../run/step-input.js';
import type { Tools } from '../ports/tools.js';
import { meterCall } from './metered-call.js';
import { callPlugin, type CallResult } from './plugin-call.js';
import { reportWhenSlow } from './slow-call.js';

/** One call of a provisioner. */
export interface ProvisionerCall<Answer> {
  readonly verb: MeteredVerb;
  invoke(signal: AbortSignal): Promise<unknown>;
  /** The answer if it keeps the contract, else what is wrong with it. */
  check(answer: unknown): Answer | string;
  /** Ends the call before its time limit. */
  readonly signal: AbortSignal;
  /** The time limit; without one the limit of every plugin call. */
  readonly limitMs?: number;
}

/**
 * Calls a provisioner. Four concerns, in this order: the call itself with its limit, its abort and its
 * contract; a span around it; its metrics and log lines; and a sign of life for Vercel when it takes long.
 * Returns what the worker knows after all four are over: a report of progress must not arrive after the
 * verdict.
 */
export async function callProvisioner<Answer extends { status: 'ready' | 'pending' | 'gone' }>(
  input: StepInput,
  tools: Tools,
  call: ProvisionerCall<Answer>,
): Promise<{ result: CallResult<Answer>; memory: RunMemory }> {
  const progress = reportWhenSlow(input, tools);
  try {
    const start = performance.now();
    const result = await inPluginSpan(spanOf(input, tools, call.verb), () =>
      callPlugin(call.invoke, call.signal, call.check, call.limitMs, tools.clock.timeout),
    );
    meterCall(input, tools, { verb: call.verb, ms: performance.now() - start, result });
    return { result, memory: await progress.end() };
  } finally {
    await progress.end();
  }
}

/** In traces the provisioner has its name from actions.yaml. */
function spanOf({ view }: StepInput, { actions }: Tools, verb: MeteredVerb) {
  const provisioner = actions.get(view.action)?.provisioner ?? view.action;
  return { provisioner, verb, key: view.allocation?.key ?? '', actionId: view.id };
}
