/**
 * A branch of a Neon project, with a compute, named after the git branch. It bears the key as an annotation, and that is how it
 * is found; nothing without that annotation is ever used or deleted, nor is a branch whose compute has moved to another one. See
 * docs/provisioners/neon-branch.md.
 */
import {
  type Gone,
  type Pending,
  PermanentError,
  type ProvisionerPlugin,
  type DeprovisionRequest,
} from '../../provisioner.js';
import { clientFor, Neon } from './client/api.js';
import { checkProject } from './check.js';
import { configSchema, type NeonConfig } from './config.js';
import { removeBranches } from './deprovision.js';
import { meaningOf, NeonFailure } from './client/failure.js';
import { allBranches, ProjectMissing } from './find-branch.js';
import { namesFor } from './name.js';
import type { NeonHandle } from './handle.js';
import { provisionBranch } from './provision.js';

/** 2 s less than the core's limit, so that nothing of a call lands after that limit. */
const CALL_MS = 28_000;

const plugin: ProvisionerPlugin<NeonConfig, NeonHandle> = {
  apiVersion: 1,
  name: 'neon-branch',
  configSchema,
  templates: true,
  create(config) {
    const client = clientFor(config);
    const open = (signal: AbortSignal, handle: NeonHandle | null = null): Neon => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
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

/** What is only a matter of waiting is `pending` with the handle as it was; the branch is found again by its key. */
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

/** Without a handle nothing is known to have been made in a project that is not there. With one, somebody has to look. */
function goneOrThrow(error: unknown, { handle, key, log }: DeprovisionRequest<NeonHandle>): Gone {
  if (error instanceof ProjectMissing && handle === null) {
    log(`${error.message}; nothing is known to have been made there`, { key });
    return { status: 'gone' };
  }
  // Taking away is tried again whatever happens.
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
