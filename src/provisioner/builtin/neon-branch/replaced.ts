/**
 * A branch counts only together with the compute that was made with it. A restore in Neon can move compute and name to another
 * branch. The annotation then stays on the old branch, whose data is out of date, or is copied to the new one, which somebody
 * else made. Drawbridge reports both branches; it does not use or delete either of them.
 */
import { PermanentError } from '../../provisioner.js';
import type { Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';
import type { NeonHandle } from './handle.js';

export class BranchReplaced extends PermanentError {
  constructor(what: string, remedy: string) {
    super(
      `neon-branch: ${what}, as a restore in Neon does; neither branch is used or deleted until ${remedy}`,
    );
  }
}

/** Throws where the compute of the handle is on another branch than the handle's. */
export async function refuseMovedCompute(neon: Neon, { branchId, endpointId }: NeonHandle): Promise<void> {
  const compute = endpointId === null ? null : await neon.endpoint(endpointId);
  if (compute === null || compute.branch_id === branchId) return;
  const [old, current] = await Promise.all([neon.branch(branchId), neon.branch(compute.branch_id)]);
  const from = old === null ? `branch ${branchId}, which is deleted,` : called(old);
  const to = current === null ? `branch ${compute.branch_id}` : called(current);
  throw new BranchReplaced(
    `compute ${compute.id} was moved from ${from} to ${to}`,
    'the compute is moved back or deleted in Neon',
  );
}

/** Throws where another branch has taken the place or the name of this one. For a branch whose compute is not known. */
export function refuseReplaced(branch: NeonBranch, branches: readonly NeonBranch[]): void {
  const replacement = branches.find((other) => other.replaces === branch.id) ?? heirOfName(branch, branches);
  if (replacement === undefined) return;
  throw new BranchReplaced(
    `${called(replacement)} has taken the place of ${called(branch)}`,
    `one of them is deleted in Neon${isRenamed(branch) ? ', or has its former name back' : ''}`,
  );
}

/** `otherwise`: the names that it may have been made with, for a branch that does not say. */
export function isRenamed({ name, givenName }: NeonBranch, otherwise?: readonly string[]): boolean {
  return givenName === null ? otherwise !== undefined && !otherwise.includes(name) : name !== givenName;
}

export const called = ({ name, id }: NeonBranch): string => `branch "${name}" (${id})`;

/** A branch of another key may have the name: it was free. */
function heirOfName(branch: NeonBranch, branches: readonly NeonBranch[]): NeonBranch | undefined {
  if (!isRenamed(branch)) return undefined;
  return branches.find(({ name, key }) => name === branch.givenName && (key === null || key === branch.key));
}
