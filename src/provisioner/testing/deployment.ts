/** The deployments that requests speak of. */
import type { ProvisionRequest } from '../provisioner.js';

export type TestDeployment = ProvisionRequest['deployment'];

/** @param run names one run of the kit */
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

/** A later one of the same git branch, for which a pull request was opened meanwhile. */
export const LATER: Partial<TestDeployment> = {
  id: 'dpl_later',
  url: 'later.example.app',
  gitSha: '2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
  pullRequest: 12,
};

/** One of which Vercel tells nothing but its id. */
export const BARE: Partial<TestDeployment> = { url: null, projectId: null, projectName: null, gitRef: null };
