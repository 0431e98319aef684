import type { ActionDeployment } from '../../action/entities/action-deployment.js';
import type { ActionDefinition } from '../../config/actions-file/action-definition.js';
import type { DeploymentFacts as Found } from '../../vercel/deployment/deployment-reader.js';
import type { StepResult } from '../run/step-result.js';

/**
 * What is answered to a deployment that the definition of its action does not serve; null when it is served. `found` is null where
 * the token may not read the deployment: then a rule that asks something about it cannot be kept, and the action fails.
 */
export function declined(definition: ActionDefinition, found: Found | null): StepResult | null {
  return outsideEnvironment(definition, found) ?? refusedFork(definition, found);
}

function refusedFork({ forks, name }: ActionDefinition, found: Found | null): StepResult | null {
  if (forks !== 'refuse' || found?.origin === 'own') return null;
  if (found === null) return notServed(found, unreadable(name, 'whose commit it is'));
  const whose =
    found.origin === 'fork'
      ? 'its commit is from another repository'
      : 'it is of a pull request, and Vercel does not say from which repository';
  return notServed(
    found,
    `${name} does not serve this deployment: ${whose}. Push the commit to a branch of the project's own repository.`,
  );
}

function outsideEnvironment(definition: ActionDefinition, found: Found | null): StepResult | null {
  const { environments, elsewhere, name } = definition;
  if (environments === null) return null;
  const environment = found?.environment ?? null;
  if (environment === null) return notServed(found, unreadable(name, 'which environment it is for'));
  if (isServed(environments, environment, found?.target ?? null)) return null;
  const facts = factsOf(found);
  if (elsewhere === 'succeed') return { kind: 'skip', facts, text: skipText(environment.name) };
  const text = `${name} serves only ${environments.join(', ')}; this deployment is for ${environment.name}. Disable the action for this environment in the project's connection, then redeploy.`;
  return notServed(found, text);
}

/** A production deployment is served only where that is said, whatever a custom environment is called; a staging alias is a preview. */
function isServed(
  environments: readonly string[],
  { name, key }: { name: string; key: string },
  target: string | null,
): boolean {
  if (target === 'production') return environments.includes('production');
  return (
    environments.includes(name) ||
    (key === 'preview' && target === 'staging' && environments.includes('preview'))
  );
}

/** The same words at each report, also after another worker has taken over. */
export const skipText = (environment: string | null): string =>
  `nothing to do for ${environment ?? 'this environment'}: the deployment keeps the variables of its project`;

const unreadable = (name: string, what: string): string =>
  `${name} cannot tell ${what}: Vercel does not let the installation's token read the deployment. Contact the provider.`;

const notServed = (found: Found | null, text: string): StepResult => ({
  kind: 'fail',
  reason: 'not-served',
  text,
  facts: factsOf(found),
});

/** Nothing is known where the token may not read the deployment: what the webhook said has to do. */
export function factsOf(found: Found | null): ActionDeployment {
  return {
    deploymentUrl: found?.url ?? null,
    projectId: found?.projectId ?? null,
    projectName: found?.projectName ?? null,
    target: found?.target ?? null,
    environment: found?.environment?.name ?? null,
    gitRef: found?.gitRef ?? null,
    gitSha: found?.gitSha ?? null,
    pullRequest: found?.pullRequest ?? null,
  };
}
