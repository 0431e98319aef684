import { create } from '../../plugin-verbs.js';
import type { Provisioner, ProvisionerPlugin } from '../../provisioner.js';
import type { StepReference } from './references.js';

/** One validated step of actions.yaml. */
export interface SequenceStep {
  readonly name: string;
  readonly plugin: ProvisionerPlugin;
  /** The configuration in actions.yaml. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly references: readonly StepReference[];
  /**
   * The output of the plugin's schema; undefined for a step with references, which is validated when they
   * are filled in.
   */
  readonly validated: unknown;
  /** The names of the secrets that a deployment gets; null for all. */
  readonly expose: readonly string[] | null;
  /** The names of the secrets that later steps refer to. */
  readonly needed: readonly string[];
  /**
   * True for the first step of a plugin, which has the sequence's keys. Keys of further ones end with the
   * step's name.
   */
  readonly ownKeys: boolean;
}

/** `fixed`: the provisioner of a step without references, made once. */
export interface MadeStep extends SequenceStep {
  readonly fixed: Provisioner | null;
}

/** Makes the provisioners of steps without references. Throws the plugin's error with the step's name. */
export function makeSteps(steps: readonly SequenceStep[]): MadeStep[] {
  return steps.map((step) => ({ ...step, fixed: step.references.length === 0 ? makeFixed(step) : null }));
}

function makeFixed(step: SequenceStep): Provisioner {
  try {
    return create(step.plugin, step.validated);
  } catch (error) {
    throw new Error(`step ${step.name}: ${(error as Error).message}`, { cause: error });
  }
}
