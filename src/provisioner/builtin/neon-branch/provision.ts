import type { Endpoint } from '@neondatabase/api-client';
import type { Pending, Ready } from '../../provisioner.js';
import type { Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';
import { findCompute, isSettled, makeCompute } from './compute.js';
import type { NeonHandle } from './handle.js';
import { findOrMake, type Wanted } from './making.js';
import { inWords } from './client/operations.js';
import { refuseMovedCompute } from './replaced.js';
import { secretsFor } from './secrets.js';

export const ASK_AGAIN_MS = 1_000;
const USABLE = ['ready', 'archived'];

export async function provisionBranch(
  neon: Neon,
  wanted: Wanted,
  handle: NeonHandle | null,
): Promise<Ready<NeonHandle> | Pending<NeonHandle>> {
  const branch = (await known(neon, wanted.key, handle)) ?? (await findOrMake(neon, wanted));
  const found = await findCompute(neon, branch, wanted, handle);
  if (!USABLE.includes(branch.state)) return waiting(neon, branch, 'Neon is creating the branch', found);
  const endpoint = found ?? (await makeCompute(neon, branch));
  if (endpoint === null || !isSettled(endpoint))
    return waiting(neon, branch, 'Neon is starting the compute', endpoint);
  const secrets = await secretsFor(neon, branch, endpoint);
  return { status: 'ready', handle: handleFor(neon, branch, endpoint.id), secrets };
}

/** By the handle: one small request. Null also when the branch does not bear the key. */
async function known(neon: Neon, key: string, handle: NeonHandle | null): Promise<NeonBranch | null> {
  if (handle === null) return null;
  const branch = await neon.branch(handle.branchId);
  if (branch?.key === key) return branch;
  await refuseMovedCompute(neon, handle);
  return null;
}

async function waiting(
  neon: Neon,
  branch: NeonBranch,
  otherwise: string,
  endpoint: Endpoint | null,
): Promise<Pending<NeonHandle>> {
  return {
    status: 'pending',
    handle: handleFor(neon, branch, endpoint?.id ?? null),
    message: inWords(await neon.operationsOf(branch.id)) ?? otherwise,
    retryAfterMs: ASK_AGAIN_MS,
  };
}

export function handleFor(neon: Neon, branch: NeonBranch, endpointId: string | null): NeonHandle {
  const name = branch.givenName === null ? {} : { name: branch.givenName };
  return { projectId: neon.project, branchId: branch.id, ...name, endpointId, deleting: [] };
}
