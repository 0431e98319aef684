/** The deployments that the kit's requests name. */
import type { ProvisionRequest } from '../provisioner.js';

export type TestDeployment = ProvisionRequest['deployment'];

/** The usual deployment of a run. The git ref contains characters that a plugin must quote. */
export const deploymentOf = (run: string): TestDeployment => ({
  id: `dpl_${run}`,
  url: 'kit.example.app',
  target: null,
  projectId: 'prj_kit',
  projectName: 'kit',
  gitRef: `feature/"quoted"; drop--'${run}`,
  gitSha: null,
  pullRequest: null,
});

/** A later deployment of the same git branch, with a pull request. */
export const LATER_DEPLOYMENT: Partial<TestDeployment> = {
  id: 'dpl_later',
  url: 'later.example.app',
  gitSha: '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
  pullRequest: 12,
};

/** A deployment of which Vercel gives only the id. */
export const ID_ONLY: Partial<TestDeployment> = {
  url: null,
  projectId: null,
  projectName: null,
  gitRef: null,
};
