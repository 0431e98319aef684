import { withPluginName } from '../../provisioner/plugin-error.js';
import type { Gone, Pending } from '../../provisioner/provisioner.js';
import { callProvisioner } from '../plugin-call/call-provisioner.js';
import { checkDeprovisioned } from '../plugin-call/plugin-answer.js';
import type { CallResult } from '../plugin-call/plugin-call.js';
import type { StepOutput, StepInput } from '../values/step-input.js';
import type { StepResult } from '../values/step-result.js';
import type { StepPorts } from '../ports/step-ports.js';
import { allocationOf, pendingResult, pluginRequest } from './plugin-request.js';

type EndingInput = StepInput<'failing' | 'canceling' | 'releasing'>;

/** Releases the hold on the allocation. The last holder calls `deprovision` until the resource is gone. */
export async function deprovision(input: EndingInput, ports: StepPorts): Promise<StepOutput> {
  const { view, memory } = input;
  switch (view.hold) {
    case null:
      return { result: { kind: 'gone', closes: false }, memory };
    case 'holds':
      return { result: { kind: 'release-hold' }, memory };
    case 'closes':
      return close(input, ports);
    default:
      return view.hold satisfies never;
  }
}

async function close(input: EndingInput, ports: StepPorts): Promise<StepOutput> {
  const { action } = input.view;
  const made = ports.provisioners.madeWith(action, allocationOf(input.view).options);
  if (!made.ok) return { result: stuck(input, made.message), memory: input.memory };
  const { result, memory } = await callProvisioner(input, ports, {
    verb: 'deprovision',
    invoke: (signal) => made.provisioner.deprovision(pluginRequest(input, ports, signal)),
    check: checkDeprovisioned,
    signal: input.signals.step,
  });
  return { result: resultOf(input, made.plugin, result), memory };
}

function resultOf(input: EndingInput, plugin: string, result: CallResult<Gone | Pending>): StepResult {
  switch (result.kind) {
    case 'answered':
      return answered(input, result.answer);
    case 'broke':
      return stuck(input, `${plugin} broke its contract: ${result.message}`);
    case 'permanent':
    case 'threw':
      return stuck(input, withPluginName(plugin, result.message));
    case 'aborted':
      return { kind: 'interrupted' };
    default:
      return result satisfies never;
  }
}

/** Repeats the call without limit, because the resource may still exist. */
function stuck({ view }: EndingInput, why: string): StepResult {
  return { kind: 'later', text: `cannot remove ${view.allocation?.key}: ${why}`, retryAfterMs: null };
}

/**
 * `gone` counts only if no provision call of this allocation could still take effect when `deprovision` was
 * called. Otherwise `deprovision` is called once more after that time.
 */
function answered({ view }: EndingInput, answer: Gone | Pending): StepResult {
  if (answer.status === 'pending') return pendingResult(view, answer);
  if (view.strayMs <= 0) return { kind: 'gone', closes: true };
  const text = 'removed; waiting until no interrupted call can recreate it';
  return { kind: 'quieting', text, retryAfterMs: view.strayMs };
}
