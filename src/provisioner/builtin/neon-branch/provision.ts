import type { Endpoint } from '@neondatabase/api-client';
import type { Pending, Ready } from '../../provisioner.js';
import type { Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';
import { findCompute, isUsable, makeCompute } from './compute.js';
import type { NeonHandle } from './handle.js';
import { describeOperations } from './client/operations.js';
import { rejectMovedCompute } from './replaced.js';
import { findOrMake, type WantedBranch } from './make-branch.js';
import { secretsFor } from './secrets.js';

export const RETRY_AFTER_MS = 1_000;
const USABLE = ['ready', 'archived'];

export async function provisionBranch(
  neon: Neon,
  wanted: WantedBranch,
  handle: NeonHandle | null,
): Promise<Ready<NeonHandle> | Pending<NeonHandle>> {
  const branch = (await branchOfHandle(neon, wanted.key, handle)) ?? (await findOrMake(neon, wanted));
  const found = await findCompute(neon, branch, wanted, handle);
  if (!USABLE.includes(branch.state)) return pendingWith(neon, branch, 'Neon is creating the branch', found);
  const endpoint = found ?? (await makeCompute(neon, branch));
  if (endpoint === null || !isUsable(endpoint))
    return pendingWith(neon, branch, 'Neon is starting the compute', endpoint);
  const secrets = await secretsFor(neon, branch, endpoint);
  return { status: 'ready', handle: handleFor(neon, branch, endpoint.id), secrets };
}

/**
 * Reads the branch of the handle, in one small request. Returns null when it does not exist or has another
 * key.
 */
async function branchOfHandle(
  neon: Neon,
  key: string,
  handle: NeonHandle | null,
): Promise<NeonBranch | null> {
  if (handle === null) return null;
  const branch = await neon.branch(handle.branchId);
  if (branch?.key === key) return branch;
  await rejectMovedCompute(neon, handle);
  return null;
}

async function pendingWith(
  neon: Neon,
  branch: NeonBranch,
  otherwise: string,
  endpoint: Endpoint | null,
): Promise<Pending<NeonHandle>> {
  return {
    status: 'pending',
    handle: handleFor(neon, branch, endpoint?.id ?? null),
    message: describeOperations(await neon.operationsOf(branch.id)) ?? otherwise,
    retryAfterMs: RETRY_AFTER_MS,
  };
}

export function handleFor(neon: Neon, branch: NeonBranch, endpointId: string | null): NeonHandle {
  const name = branch.givenName === null ? {} : { name: branch.givenName };
  return { projectId: neon.project, branchId: branch.id, ...name, endpointId, deleting: [] };
}
