import { isStatus, type Neon } from './client/api.js';
import { allBranches, chooseParent, ProjectMissing } from './find-branch.js';

/** Throws when the API key has no access to the project, or when the project lacks the parent branch. */
export async function checkProject(neon: Neon): Promise<void> {
  try {
    await neon.projectExists();
  } catch (error) {
    if (isStatus(error, 404)) throw new ProjectMissing(neon.project, { cause: error });
    throw error;
  }
  chooseParent(neon, await allBranches(neon));
}
