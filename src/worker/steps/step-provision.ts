import { withPluginName } from '../../provisioner/plugin-error.js';
import type { Pending, Ready } from '../../provisioner/provisioner.js';
import { callProvisioner } from '../plugin-call/call-provisioner.js';
import { checkProvisioned } from '../plugin-call/plugin-answer.js';
import type { CallResult } from '../plugin-call/plugin-call.js';
import { callTimeLeft } from '../values/run-memory.js';
import { deadlineMsOf, deadlineSignal, type StepOutput, type StepInput } from '../values/step-input.js';
import type { StepResult } from '../values/step-result.js';
import type { StepPorts } from '../ports/step-ports.js';
import { allocationOf, newHandle, pendingResult, provisionRequest } from './plugin-request.js';

type ProvisionInput = StepInput<'provisioning' | 'reporting'>;

/** With fewer milliseconds left, the deadline counts as passed. */
const LAST_MOMENT_MS = 5;

/** Calls `provision`; an action in `reporting` needs it again for the secrets, which are stored nowhere. */
export async function provision(input: ProvisionInput, ports: StepPorts): Promise<StepOutput> {
  const { view, memory } = input;
  if (isTimed(input) && deadlineMsOf(memory, ports.clock) <= LAST_MOMENT_MS)
    return { result: late(input, 'settled'), memory };
  const made = ports.provisioners.madeWith(view.action, allocationOf(view).options);
  if (!made.ok) return { result: permanent(input, made.message), memory };
  const called = await callProvisioner(input, ports, {
    verb: 'provision',
    invoke: (limited) => made.provisioner.provision(provisionRequest(input, ports, limited)),
    check: checkProvisioned,
    signal: isTimed(input) ? deadlineSignal(input, ports.clock) : input.signals.step,
    limitMs: callTimeLeft(memory, ports.clock.now()),
  });
  return { result: resultOf(input, made.plugin, called.result), memory: called.memory };
}

/** The deadline applies only before the verdict. */
const isTimed = ({ view }: ProvisionInput): boolean => view.state === 'provisioning';

function resultOf(input: ProvisionInput, plugin: string, result: CallResult<Ready | Pending>): StepResult {
  switch (result.kind) {
    case 'answered':
      return answered(input, result.answer);
    case 'permanent':
      return permanent(input, result.message);
    case 'broke':
      return misbehaved(input, `${plugin} broke its contract: ${result.message}`);
    case 'threw':
      return {
        kind: 'later',
        text: withPluginName(plugin, result.message),
        retryAfterMs: null,
        call: 'stray',
      };
    case 'aborted':
      return input.signals.interruption
        ? { kind: 'interrupted', call: 'stray' }
        : late(input, 'stray', unanswered(plugin, result.heeded));
    default:
      return result satisfies never;
  }
}

function answered({ view }: ProvisionInput, answer: Ready | Pending): StepResult {
  if (answer.status === 'pending') return pendingResult(view, answer);
  const { handle, secrets = {}, message = null } = answer;
  return { kind: 'ready', handle: newHandle(view, handle), secrets: { ...secrets }, message };
}

function permanent(input: ProvisionInput, text: string): StepResult {
  return isTimed(input)
    ? { kind: 'fail', reason: 'permanent', text, call: 'settled' }
    : afterVerdict(input, text);
}

function misbehaved(input: ProvisionInput, text: string): StepResult {
  return isTimed(input)
    ? { kind: 'fail', reason: 'misbehaved', text, call: 'settled' }
    : afterVerdict(input, text);
}

/**
 * The secrets cannot be fetched again. If Vercel may have accepted `succeeded`, the deployment may use the
 * resource, so the resource stays.
 */
function afterVerdict({ memory }: ProvisionInput, text: string): StepResult {
  if (!memory.reportUnknown) return { kind: 'refused', text, call: 'settled' };
  return { kind: 'later', text, retryAfterMs: null, call: 'settled' };
}

const unanswered = (plugin: string, heeded: boolean): string =>
  `${plugin} had not answered${heeded ? '' : ' and ignored its signal'}`;

function late({ view }: ProvisionInput, call: 'settled' | 'stray', noAnswer?: string): StepResult {
  const { progressText } = view;
  const before =
    progressText === null || noAnswer === undefined ? progressText : `before that: ${progressText}`;
  const why = [noAnswer, before].filter((text) => typeof text === 'string').join('; ');
  const text = `not ready before the deadline${why === '' ? '' : `: ${why}`}`;
  return { kind: 'fail', reason: 'deadline', text, call };
}
