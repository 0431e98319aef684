import type { Operation } from '@neondatabase/api-client';
import type { Gone, Pending } from '../../provisioner.js';
import type { Branch, Neon } from './api.js';
import { allBranches, branchesOf } from './finding.js';
import { goesOn, inWords } from './operations.js';
import { ASK_AGAIN_MS, type Handle } from './provision.js';

/** Every branch of the key, until none is left and Neon has done with deleting. */
export async function removeBranches(
  neon: Neon,
  key: string,
  handle: Handle | null,
): Promise<Gone | Pending<Handle>> {
  const before = await stillGoingOn(neon, handle?.deleting ?? []);
  if (before.length > 0) return deleting(neon, handle?.branchId ?? '', before);
  const branches = branchesOf(key, await allBranches(neon));
  const started: Operation[] = [];
  for (const branch of branches) started.push(...(await remove(neon, branch)));
  const [first] = branches;
  if (first === undefined) return { status: 'gone' };
  const going = started.filter(goesOn);
  // Neon may have done all of it at once; what was asked to go is looked for once more.
  return going.length > 0 ? deleting(neon, first.id, going) : removedAtOnce(neon, key, first);
}

async function removedAtOnce(neon: Neon, key: string, branch: Branch): Promise<Gone | Pending<Handle>> {
  const left = branchesOf(key, await allBranches(neon));
  return left.length === 0 ? { status: 'gone' } : deleting(neon, branch.id, []);
}

async function remove(neon: Neon, branch: Branch): Promise<Operation[]> {
  const why = branch.isDefault ? 'the default branch' : branch.isProtected ? 'a protected branch' : null;
  if (why !== null)
    throw new Error(
      `neon-branch: branch "${branch.name}" is ${why} of project "${neon.project}" now and is not deleted; change that in Neon`,
    );
  return neon.deleteBranch(branch.id);
}

async function stillGoingOn(neon: Neon, ids: readonly string[]): Promise<Operation[]> {
  const read = await Promise.all(ids.map((id) => neon.operation(id)));
  return read.filter((operation) => operation !== null && goesOn(operation)) as Operation[];
}

function deleting(neon: Neon, branchId: string, operations: readonly Operation[]): Pending<Handle> {
  return {
    status: 'pending',
    handle: {
      projectId: neon.project,
      branchId,
      endpointId: null,
      deleting: operations.map(({ id }) => id),
    },
    message: inWords(operations) ?? 'Neon is deleting the branch',
    retryAfterMs: ASK_AGAIN_MS,
  };
}
