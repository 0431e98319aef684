import { create } from '../../plugin-verbs.js';
import type { Provisioner, ProvisionerPlugin } from '../../provisioner.js';
import type { StepReference } from './references.js';

/** One step as actions.yaml tells it, checked. */
export interface Step {
  readonly name: string;
  readonly plugin: ProvisionerPlugin;
  /** As it stands in actions.yaml. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly references: readonly StepReference[];
  /** What the plugin's schema made of `config`; undefined for a step with references, whose configuration is known only later. */
  readonly validated: unknown;
  /** The names of the secrets that a deployment gets; null for all. */
  readonly expose: readonly string[] | null;
  /** The names of the secrets that later steps refer to. */
  readonly needed: readonly string[];
  /** The first step of a plugin has the sequence's own keys; a further one's end with its name. */
  readonly ownKeys: boolean;
}

/** `fixed`: the provisioner of a step without references, made once. */
export interface MadeStep extends Step {
  readonly fixed: Provisioner | null;
}

/** Makes the provisioners of steps without references. Throws with the step's name what one of them refuses. */
export function makeSteps(steps: readonly Step[]): MadeStep[] {
  return steps.map((step) => ({ ...step, fixed: step.references.length === 0 ? makeFixed(step) : null }));
}

function makeFixed(step: Step): Provisioner {
  try {
    return create(step.plugin, step.validated);
  } catch (error) {
    throw new Error(`step ${step.name}: ${(error as Error).message}`, { cause: error });
  }
}
