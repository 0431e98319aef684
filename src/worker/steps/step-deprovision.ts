import { withPluginName } from '../../provisioner/plugin-error.js';
import { inPluginSpan } from '../../tracing/plugin-span.js';
import type { ActionRun } from '../run/action-run.js';
import type { StepResult } from '../run/step-result.js';
import { metered } from '../plugin-call/metered-call.js';
import { checkDeprovisioned } from '../plugin-call/plugin-answer.js';
import { callPlugin } from '../plugin-call/plugin-call.js';
import { allocationOf, baseRequest, called, pendingOf } from './step-provision.js';
import type { Tools } from '../run/tools.js';

/** Lets go of the allocation and, as its last holder, calls `deprovision` until it is gone. */
export async function takeAway(errand: ActionRun, tools: Tools): Promise<StepResult> {
  switch (errand.view.hold) {
    case null:
      return { kind: 'gone', closes: false };
    case 'holds':
      return { kind: 'let-go' };
    case 'closes':
      return deprovision(errand, tools);
  }
}

/**
 * `gone` counts only when it is quiet: when no provision call of this allocation could still take effect at the moment
 * `deprovision` was called. Otherwise it is called once more when that time is over.
 */
async function deprovision(errand: ActionRun, tools: Tools): Promise<StepResult> {
  const { view } = errand;
  const made = tools.provisioners.madeWith(view.action, allocationOf(view).options);
  if (!made.ok) return stuck(errand, made.message);
  const call = (signal: AbortSignal) => made.provisioner.deprovision(baseRequest(errand, tools, signal));
  const calling = inPluginSpan(called('deprovision', errand, tools), () =>
    callPlugin(call, errand.signal, checkDeprovisioned),
  );
  const result = await metered('deprovision', errand, tools, calling);
  switch (result.kind) {
    case 'answered':
      return answered(errand, result.answer);
    case 'broke':
      return stuck(errand, `${made.plugin} broke its contract: ${result.message}`);
    case 'permanent':
    case 'threw':
      return stuck(errand, withPluginName(made.plugin, result.message));
    case 'aborted':
      return { kind: 'interrupted' };
    default:
      return result satisfies never;
  }
}

/** Tried again for ever: whatever is wrong, something may still be there. */
function stuck({ view }: ActionRun, why: string): StepResult {
  return { kind: 'later', text: `cannot take ${view.allocation?.key} away: ${why}`, retryAfterMs: null };
}

function answered(
  { view }: ActionRun,
  answer: Exclude<ReturnType<typeof checkDeprovisioned>, string>,
): StepResult {
  if (answer.status === 'pending') return pendingOf(view, answer);
  if (view.strayMs <= 0) return { kind: 'gone', closes: true };
  const text = 'taken away; waiting until no interrupted call can bring it back';
  return { kind: 'quieting', text, retryAfterMs: view.strayMs };
}
