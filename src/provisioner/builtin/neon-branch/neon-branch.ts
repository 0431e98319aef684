/**
 * A branch of a Neon project, with a compute, named after the git branch. The plugin finds it by the key in
 * its annotation. It never uses or deletes a branch without that annotation, or one whose compute has moved
 * to another branch. See docs/provisioners/neon-branch.md.
 */
import {
  type Gone,
  type Pending,
  PermanentError,
  type ProvisionerPlugin,
  type DeprovisionRequest,
} from '../../provisioner.js';
import { BUILTIN_CALL_MS } from '../../limits.js';
import { clientFor, Neon } from './client/api.js';
import { checkProject } from './check.js';
import { configSchema, type NeonConfig } from './config.js';
import { removeBranches } from './deprovision.js';
import { meaningOf, NeonFailure } from './client/failure.js';
import { allBranches, ProjectMissing } from './find-branch.js';
import { namesFor } from './name.js';
import type { NeonHandle } from './handle.js';
import { provisionBranch } from './provision.js';

const plugin: ProvisionerPlugin<NeonConfig, NeonHandle> = {
  apiVersion: 1,
  name: 'neon-branch',
  configSchema,
  templates: true,
  create(config) {
    const client = clientFor(config);
    const open = (signal: AbortSignal, handle: NeonHandle | null = null): Neon => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(BUILTIN_CALL_MS)]);
      return new Neon(client, config, handle?.projectId ?? config.project, limited);
    };
    return {
      async provision(request) {
        const neon = open(request.signal, request.handle);
        const { key, log } = request;
        const wanted = { key, log, names: namesFor(request, config.name) };
        return pendingOrThrow(neon, request, () => provisionBranch(neon, wanted, request.handle));
      },

      async deprovision(request) {
        const neon = open(request.signal, request.handle);
        try {
          return await pendingOrThrow<Gone | Pending<NeonHandle>>(neon, request, () =>
            removeBranches(neon, request),
          );
        } catch (error) {
          return goneOrThrow(error, request);
        }
      },

      async check(signal) {
        await orThrow(open(signal), signal, checkProject);
      },

      async list(signal) {
        const branches = await orThrow(open(signal), signal, allBranches);
        return [...new Set(branches.flatMap(({ key }) => key ?? []))];
      },
    };
  },
};

/**
 * Answers pending, with the stored handle, for failures that pass by waiting. The next call finds the branch
 * by its key.
 */
async function pendingOrThrow<T>(
  neon: Neon,
  request: DeprovisionRequest<NeonHandle>,
  work: () => Promise<T>,
): Promise<T | Pending<NeonHandle>> {
  try {
    return await work();
  } catch (error) {
    request.signal.throwIfAborted();
    if (!(error instanceof NeonFailure)) throw error;
    const meaning = meaningOf(error, neon.project);
    const { kind, message } = meaning;
    if (kind === 'wait') return { status: 'pending', message, retryAfterMs: meaning.retryAfterMs };
    throw kind === 'permanent'
      ? new PermanentError(message, { cause: error })
      : new Error(message, { cause: error });
  }
}

/**
 * Answers gone for a missing project when no handle says that a branch was created there. Otherwise throws.
 */
function goneOrThrow(error: unknown, { handle, key, log }: DeprovisionRequest<NeonHandle>): Gone {
  if (error instanceof ProjectMissing && handle === null) {
    log(`${error.message}; no branch is known there, so there is nothing to delete`, { key });
    return { status: 'gone' };
  }
  // deprovision is retried after any error, so no error is permanent.
  if (PermanentError.is(error)) throw new Error(error.message, { cause: error });
  throw error;
}

async function orThrow<T>(neon: Neon, signal: AbortSignal, work: (neon: Neon) => Promise<T>): Promise<T> {
  try {
    return await work(neon);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NeonFailure)) throw error;
    const { message } = meaningOf(error, neon.project);
    throw new Error(message.startsWith('neon-branch:') ? message : `neon-branch: ${message}`, {
      cause: error,
    });
  }
}

export default plugin;
