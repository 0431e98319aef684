/** What is asked of all steps together. A step with references has no provisioner outside of a call, and is left out. */
import { warningsOf, type CheckResult } from '../../plugin-verbs.js';
import type { Provisioner } from '../../provisioner.js';
import type { MadeStep } from './step.js';
import { sequenceKey } from './step-key.js';

/** Throws with all that fails; answers the steps' warnings. */
export async function checkSteps(steps: readonly MadeStep[], signal: AbortSignal): Promise<CheckResult> {
  const warnings: string[] = [];
  await onEach(steps, async (one, { name }) => {
    const found = warningsOf(await one.check?.(signal));
    warnings.push(...found.map((warning) => `step ${name}: ${warning}`));
  });
  return { warnings };
}

/** Throws with all that could not be closed, after all were tried. */
export async function closeSteps(steps: readonly MadeStep[]): Promise<void> {
  await onEach(steps, (one) => one.close?.());
}

/** The sequence's keys of all that its steps list. */
export async function listSteps(steps: readonly MadeStep[], signal: AbortSignal): Promise<string[]> {
  const keys = new Set<string>();
  await onEach(steps, async (one, step) => {
    for (const key of (await one.list?.(signal)) ?? []) {
      const ours = sequenceKey(key, step, steps);
      if (ours !== null) keys.add(ours);
    }
  });
  return [...keys].toSorted();
}

async function onEach(
  steps: readonly MadeStep[],
  work: (one: Provisioner, step: MadeStep) => Promise<void> | undefined,
): Promise<void> {
  const all = steps.map(async (step) => {
    if (step.fixed !== null) await work(step.fixed, step);
  });
  const settled = await Promise.allSettled(all);
  const errors = settled.flatMap((one, index) => {
    if (one.status === 'fulfilled') return [];
    const words = one.reason instanceof Error ? one.reason.message : String(one.reason);
    return [new Error(`sequence: step ${steps[index]?.name}: ${words}`, { cause: one.reason })];
  });
  if (errors.length > 0) throw new AggregateError(errors, errors.map((error) => error.message).join('; '));
}
