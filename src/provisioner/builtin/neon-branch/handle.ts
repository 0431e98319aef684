/** Ids of Neon's: what was made, and in which project, should the configuration change. */
export type NeonHandle = {
  projectId: string;
  branchId: string;
  /** The name that the branch was made with, where it is known. A copy of its annotation bears the same. */
  name?: string;
  /** The compute that belongs to the branch. It tells the branch from one that a restore put in its place. */
  endpointId: string | null;
  /** Operations of a deletion that is going on. */
  deleting: string[];
};
