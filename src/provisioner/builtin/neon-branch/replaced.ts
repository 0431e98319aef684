/**
 * A branch counts only together with the compute that was made with it. A restore in Neon can move compute
 * and name to another branch. The annotation then stays on the old branch, whose data is out of date, or is
 * copied to the new one, which somebody else made. Drawbridge reports both branches; it does not use or
 * delete either of them.
 */
import { PermanentError } from '../../provisioner.js';
import type { Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';
import type { NeonHandle } from './handle.js';

export class BranchReplaced extends PermanentError {
  constructor(what: string, remedy: string) {
    super(
      `neon-branch: ${what}, as after a restore in Neon; Drawbridge uses and deletes neither ` +
        `branch until ${remedy}`,
    );
  }
}

/** Throws when the compute of the handle is now on another branch. */
export async function rejectMovedCompute(neon: Neon, { branchId, endpointId }: NeonHandle): Promise<void> {
  const compute = endpointId === null ? null : await neon.endpoint(endpointId);
  if (compute === null || compute.branch_id === branchId) return;
  const [old, current] = await Promise.all([neon.branch(branchId), neon.branch(compute.branch_id)]);
  const from = old === null ? `branch ${branchId}, which is deleted,` : describeBranch(old);
  const to = current === null ? `branch ${compute.branch_id}` : describeBranch(current);
  throw new BranchReplaced(
    `compute ${compute.id} was moved from ${from} to ${to}`,
    'the compute is moved back or deleted in Neon',
  );
}

/**
 * Throws when another branch has replaced this one or has its name. For a branch whose compute is unknown.
 */
export function rejectReplaced(branch: NeonBranch, branches: readonly NeonBranch[]): void {
  const replacement =
    branches.find((other) => other.replaces === branch.id) ?? branchWithItsName(branch, branches);
  if (replacement === undefined) return;
  throw new BranchReplaced(
    `${describeBranch(replacement)} has replaced ${describeBranch(branch)}`,
    `one of them is deleted in Neon${isRenamed(branch) ? ', or renamed back' : ''}`,
  );
}

/**
 * Returns true for a renamed branch. `otherwise` has the names that a branch without the annotation may
 * have.
 */
export function isRenamed({ name, givenName }: NeonBranch, otherwise?: readonly string[]): boolean {
  return givenName === null ? otherwise !== undefined && !otherwise.includes(name) : name !== givenName;
}

export const describeBranch = ({ name, id }: NeonBranch): string => `branch "${name}" (${id})`;

/**
 * Returns the branch that now has this one's former name. One of another key does not count: the name was
 * free.
 */
function branchWithItsName(branch: NeonBranch, branches: readonly NeonBranch[]): NeonBranch | undefined {
  if (!isRenamed(branch)) return undefined;
  return branches.find(({ name, key }) => name === branch.givenName && (key === null || key === branch.key));
}
