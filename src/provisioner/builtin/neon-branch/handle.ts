/** The ids of the branch, its compute and its project, which can differ from the configuration's by then. */
export type NeonHandle = {
  projectId: string;
  branchId: string;
  /** The name that the branch was created with, if known. */
  name?: string;
  /** The compute of the branch. It distinguishes the branch from one that replaced it in a restore. */
  endpointId: string | null;
  /** The operations of a running deletion. */
  deleting: string[];
};
