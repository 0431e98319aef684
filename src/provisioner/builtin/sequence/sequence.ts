/**
 * Runs ordered steps, each with its own provisioner, as one action. A later step can use the secrets of an
 * earlier one. It is an ordinary provisioner: Drawbridge does not know of steps. See
 * docs/provisioners/sequence.md.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Provisioner, ProvisionerPlugin } from '../../provisioner.js';
import { checkSteps, closeSteps, listSteps } from './all-steps.js';
import { type FindPlugin, readSteps } from './config.js';
import { deprovision } from './deprovision.js';
import { type SequenceHandle, statesOf } from './handle.js';
import { provision } from './provision.js';
import { makeSteps, type SequenceStep } from './step.js';

type SequencePlugin = ProvisionerPlugin<readonly SequenceStep[], SequenceHandle>;

/** Returns the plugin `sequence`. `find` returns the plugins of its steps. */
export function sequenceOf(find: FindPlugin): SequencePlugin {
  return { apiVersion: 1, name: 'sequence', configSchema: schemaOf(find), create };
}

function schemaOf(find: FindPlugin): StandardSchemaV1<unknown, readonly SequenceStep[]> {
  const validate = (config: unknown): StandardSchemaV1.Result<readonly SequenceStep[]> => {
    const read = readSteps(config, find);
    if (read.ok) return { value: read.steps };
    return { issues: read.issues.map(({ path, text }) => ({ path, message: text })) };
  };
  return { '~standard': { version: 1, vendor: 'drawbridge', validate } };
}

function create(read: readonly SequenceStep[]): Provisioner<SequenceHandle> {
  const steps = makeSteps(read);
  return {
    provision: async (request) => provision(steps, statesOf(request.handle), request),
    deprovision: async (request) => deprovision(steps, statesOf(request.handle), request),
    check: (signal) => checkSteps(steps, signal),
    close: () => closeSteps(steps),
    ...(steps.some((step) => step.fixed?.list) ? { list: (signal) => listSteps(steps, signal) } : {}),
  };
}
