import type { Operation } from '@neondatabase/api-client';
import type { DeprovisionRequest, Gone, Pending } from '../../provisioner.js';
import type { Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';
import { readWrite } from './compute.js';
import { allBranches, branchesOf } from './find-branch.js';
import type { NeonHandle } from './handle.js';
import { isRunning, describeOperations } from './client/operations.js';
import { RETRY_AFTER_MS, handleFor } from './provision.js';
import { describeBranch, isRenamed, rejectMovedCompute, rejectReplaced } from './replaced.js';

type RemovalRequest = Pick<DeprovisionRequest<NeonHandle>, 'key' | 'handle' | 'log'>;

/**
 * Deletes every branch created for the key. Answers gone when Neon has deleted all of them. Keeps copies of
 * them.
 */
export async function removeBranches(neon: Neon, asked: RemovalRequest): Promise<Gone | Pending<NeonHandle>> {
  const before = await runningOperations(neon, asked.handle?.deleting ?? []);
  if (before.length > 0) return deleting(asked.handle, before);
  const branches = await branchesMade(neon, asked);
  const started: Operation[] = [];
  for (const branch of branches) started.push(...(await remove(neon, branch)));
  const [first] = branches;
  if (first === undefined) return { status: 'gone' };
  const handle = asked.handle ?? handleFor(neon, first, null);
  const running = started.filter(isRunning);
  if (running.length > 0) return deleting(handle, running);
  // Neon may have deleted everything at once: check whether the branches still exist.
  const left = await allBranches(neon);
  const isLeft = branches.some(({ id }) => left.some((one) => one.id === id));
  return isLeft ? deleting(handle, []) : { status: 'gone' };
}

async function branchesMade(neon: Neon, { key, handle, log }: RemovalRequest): Promise<NeonBranch[]> {
  if (handle !== null) await rejectMovedCompute(neon, handle);
  const branches = await allBranches(neon);
  const withKey = branchesOf(key, branches);
  const [oldest] = withKey;
  if (oldest === undefined) return [];
  if ((handle?.endpointId ?? null) === null) rejectReplaced(oldest, branches);
  const isOriginal = handle === null ? await isInPlace(neon, oldest) : true;
  const original = handle === null ? oldest : withKey.find(({ id }) => id === handle.branchId);
  const name = original?.givenName ?? handle?.name ?? null;
  const isMade = (one: NeonBranch): boolean => (one === original ? isOriginal : isDuplicate(one, name));
  for (const copy of withKey.filter((one) => !isMade(one)))
    log(`neon-branch: ${describeBranch(copy)} has the key but is a copy, and is not deleted`, { key });
  return withKey.filter(isMade);
}

/** Returns false for a branch that a restore put aside: it has another name, and no longer its compute. */
async function isInPlace(neon: Neon, branch: NeonBranch): Promise<boolean> {
  if (branch.replaces !== null) return false;
  const keepsItsName = branch.givenName !== null && !isRenamed(branch);
  return keepsItsName || (await readWrite(neon, branch)) !== null;
}

/**
 * Returns true for a branch that another call created at the same time, under another of the key's names. A
 * copy of the original, unlike a duplicate, has the original's name in its annotation.
 */
function isDuplicate({ name, givenName, replaces }: NeonBranch, original: string | null): boolean {
  return replaces === null && original !== null && name === givenName && givenName !== original;
}

async function remove(neon: Neon, branch: NeonBranch): Promise<Operation[]> {
  const why = branch.isDefault ? 'the default branch' : branch.isProtected ? 'a protected branch' : null;
  if (why !== null)
    throw new Error(
      `neon-branch: branch "${branch.name}" is ${why} of project "${neon.project}" and cannot ` +
        'be deleted; change that in Neon',
    );
  return neon.deleteBranch(branch.id);
}

async function runningOperations(neon: Neon, ids: readonly string[]): Promise<Operation[]> {
  const read = await Promise.all(ids.map((id) => neon.operation(id)));
  return read.filter((operation) => operation !== null && isRunning(operation)) as Operation[];
}

function deleting(handle: NeonHandle | null, operations: readonly Operation[]): Pending<NeonHandle> {
  return {
    status: 'pending',
    ...(handle === null ? {} : { handle: { ...handle, deleting: operations.map(({ id }) => id) } }),
    message: describeOperations(operations) ?? 'Neon is deleting the branch',
    retryAfterMs: RETRY_AFTER_MS,
  };
}
