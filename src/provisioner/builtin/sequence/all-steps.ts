/**
 * `check`, `list` and `close` of all steps. A step with references has a provisioner only during a call, so
 * it is skipped.
 */
import { warningsOf, type CheckResult } from '../../plugin-verbs.js';
import type { Provisioner } from '../../provisioner.js';
import type { MadeStep } from './step.js';
import { sequenceKey } from './step-key.js';

/** Returns the warnings of all steps. Throws one AggregateError with all failures. */
export async function checkSteps(steps: readonly MadeStep[], signal: AbortSignal): Promise<CheckResult> {
  const warnings: string[] = [];
  await onEach(steps, async (one, { name }) => {
    const found = warningsOf(await one.check?.(signal));
    warnings.push(...found.map((warning) => `step ${name}: ${warning}`));
  });
  return { warnings };
}

/** Closes all steps, and then throws one AggregateError with all failures. */
export async function closeSteps(steps: readonly MadeStep[]): Promise<void> {
  await onEach(steps, (one) => one.close?.());
}

/** Returns the sequence's keys of everything that its steps list. */
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
    const reason = one.reason instanceof Error ? one.reason.message : String(one.reason);
    return [new Error(`sequence: step ${steps[index]?.name}: ${reason}`, { cause: one.reason })];
  });
  if (errors.length > 0) throw new AggregateError(errors, errors.map((error) => error.message).join('; '));
}
