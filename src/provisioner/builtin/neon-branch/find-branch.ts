import { PermanentError } from '../../provisioner.js';
import { isStatus, type Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';

/** All branches. Where the project is not there, or not for this key, that is what is thrown. */
export async function allBranches(neon: Neon): Promise<NeonBranch[]> {
  try {
    return await neon.branches();
  } catch (error) {
    if (isStatus(error, 404)) throw new ProjectMissing(neon.project, { cause: error });
    throw error;
  }
}

export class ProjectMissing extends PermanentError {
  constructor(project: string, options?: ErrorOptions) {
    super(`neon-branch: project "${project}" not found, or the apiKey may not see it`, options);
  }
}

/**
 * The branches of a key, the one that counts first. There is more than one where two calls at once came by different names, for
 * example because a name was taken when the one looked and free when the other did, and where an annotation was copied.
 */
export function branchesOf(key: string, branches: readonly NeonBranch[]): NeonBranch[] {
  const age = ({ createdAt, id }: NeonBranch): string => `${createdAt} ${id}`;
  return branches
    .filter((branch) => branch.key === key)
    .toSorted((one, other) => (age(one) < age(other) ? -1 : 1));
}

export function chooseParent(neon: Neon, branches: readonly NeonBranch[]): NeonBranch {
  const { parent } = neon.config;
  const found =
    parent === undefined
      ? branches.find((branch) => branch.isDefault)
      : (branches.find((branch) => branch.id === parent) ??
        branches.find((branch) => branch.name === parent));
  if (found !== undefined) return found;
  const what = parent === undefined ? 'has no default branch' : `has no branch "${parent}" to be the parent`;
  throw new PermanentError(`neon-branch: project "${neon.project}" ${what}`);
}
