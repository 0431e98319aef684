import { PermanentError } from '../../provisioner.js';
import { isStatus, type Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';

/**
 * Returns all branches. Throws ProjectMissing when the project does not exist or the API key has no access.
 */
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
    super(`neon-branch: project "${project}" was not found, or the apiKey has no access to it`, options);
  }
}

/**
 * Returns the branches of a key, oldest first. A key has several when two calls at once chose different
 * names (a name was in use for one and free for the other), or when a branch was copied with its annotation.
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
  const what =
    parent === undefined
      ? 'has no default branch'
      : `has no branch "${parent}", which is the configured parent`;
  throw new PermanentError(`neon-branch: project "${neon.project}" ${what}`);
}
