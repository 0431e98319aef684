import type { Operation } from '@neondatabase/api-client';
import type { DeprovisionRequest, Gone, Pending } from '../../provisioner.js';
import type { Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';
import { readWrite } from './compute.js';
import { allBranches, branchesOf } from './finding.js';
import type { NeonHandle } from './handle.js';
import { goesOn, inWords } from './client/operations.js';
import { ASK_AGAIN_MS, handleFor } from './provision.js';
import { called, isRenamed, refuseMovedCompute, refuseReplaced } from './replaced.js';

type Asked = Pick<DeprovisionRequest<NeonHandle>, 'key' | 'handle' | 'log'>;

/** Every branch that was made for the key, until none is left and Neon has done with deleting. Copies of them are left. */
export async function removeBranches(neon: Neon, asked: Asked): Promise<Gone | Pending<NeonHandle>> {
  const before = await stillGoingOn(neon, asked.handle?.deleting ?? []);
  if (before.length > 0) return deleting(asked.handle, before);
  const branches = await branchesMade(neon, asked);
  const started: Operation[] = [];
  for (const branch of branches) started.push(...(await remove(neon, branch)));
  const [first] = branches;
  if (first === undefined) return { status: 'gone' };
  const handle = asked.handle ?? handleFor(neon, first, null);
  const going = started.filter(goesOn);
  if (going.length > 0) return deleting(handle, going);
  // Neon may have done all of it at once; what was asked to go is looked for once more.
  const left = await allBranches(neon);
  const isLeft = branches.some(({ id }) => left.some((one) => one.id === id));
  return isLeft ? deleting(handle, []) : { status: 'gone' };
}

async function branchesMade(neon: Neon, { key, handle, log }: Asked): Promise<NeonBranch[]> {
  if (handle !== null) await refuseMovedCompute(neon, handle);
  const branches = await allBranches(neon);
  const bearers = branchesOf(key, branches);
  const [oldest] = bearers;
  if (oldest === undefined) return [];
  if ((handle?.endpointId ?? null) === null) refuseReplaced(oldest, branches);
  const isOriginal = handle === null ? await hasItsPlace(neon, oldest) : true;
  const original = handle === null ? oldest : bearers.find(({ id }) => id === handle.branchId);
  const name = original?.givenName ?? handle?.name ?? null;
  const isMade = (one: NeonBranch): boolean => (one === original ? isOriginal : isDouble(one, name));
  for (const copy of bearers.filter((one) => !isMade(one)))
    log(`neon-branch: ${called(copy)} bears the key but is a copy; it is not deleted`, { key });
  return bearers.filter(isMade);
}

/** Drawbridge makes each branch with a compute: one without it, under another name, was put aside by a restore. */
async function hasItsPlace(neon: Neon, branch: NeonBranch): Promise<boolean> {
  if (branch.replaces !== null) return false;
  const keepsItsName = branch.givenName !== null && !isRenamed(branch);
  return keepsItsName || (await readWrite(neon, branch)) !== null;
}

/**
 * Made here at the same time as the original, under another of the key's names. A copy of the original has the original's annotation,
 * and so the original's name in it.
 */
function isDouble({ name, givenName, replaces }: NeonBranch, original: string | null): boolean {
  return replaces === null && original !== null && name === givenName && givenName !== original;
}

async function remove(neon: Neon, branch: NeonBranch): Promise<Operation[]> {
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

function deleting(handle: NeonHandle | null, operations: readonly Operation[]): Pending<NeonHandle> {
  return {
    status: 'pending',
    ...(handle === null ? {} : { handle: { ...handle, deleting: operations.map(({ id }) => id) } }),
    message: inWords(operations) ?? 'Neon is deleting the branch',
    retryAfterMs: ASK_AGAIN_MS,
  };
}
