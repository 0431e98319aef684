import type { Endpoint } from '@neondatabase/api-client';
import type { Pending, Ready } from '../../provisioner.js';
import type { Branch, Neon } from './api.js';
import { findOrMakeCompute, isSettled } from './compute.js';
import { findOrMake, type Wanted } from './making.js';
import { inWords } from './operations.js';
import { secretsFor } from './secrets.js';

/** Ids of Neon's. They save looking the branch up by its key, and say which project it is in should the configuration change. */
export type Handle = {
  projectId: string;
  branchId: string;
  endpointId: string | null;
  /** Operations of a deletion that is going on. */
  deleting: string[];
};

export const ASK_AGAIN_MS = 1_000;
const USABLE = ['ready', 'archived'];

export async function provisionBranch(
  neon: Neon,
  wanted: Wanted,
  handle: Handle | null,
): Promise<Ready<Handle> | Pending<Handle>> {
  const branch = (await known(neon, wanted.key, handle)) ?? (await findOrMake(neon, wanted));
  if (!USABLE.includes(branch.state)) return waiting(neon, branch, 'Neon is creating the branch');
  const endpoint = await findOrMakeCompute(neon, branch);
  if (endpoint === null || !isSettled(endpoint))
    return waiting(neon, branch, 'Neon is starting the compute', endpoint);
  const secrets = await secretsFor(neon, branch, endpoint);
  return { status: 'ready', handle: handleFor(neon, branch, endpoint.id), secrets };
}

/** By the handle: one small request. Null also when the branch does not bear the key. */
async function known(neon: Neon, key: string, handle: Handle | null): Promise<Branch | null> {
  const branch = handle === null ? null : await neon.branch(handle.branchId);
  return branch?.key === key ? branch : null;
}

async function waiting(
  neon: Neon,
  branch: Branch,
  otherwise: string,
  endpoint: Endpoint | null = null,
): Promise<Pending<Handle>> {
  return {
    status: 'pending',
    handle: handleFor(neon, branch, endpoint?.id ?? null),
    message: inWords(await neon.operationsOf(branch.id)) ?? otherwise,
    retryAfterMs: ASK_AGAIN_MS,
  };
}

function handleFor(neon: Neon, branch: Branch, endpointId: string | null): Handle {
  return { projectId: neon.project, branchId: branch.id, endpointId, deleting: [] };
}
