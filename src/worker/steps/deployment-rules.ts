import type { ActionDefinition } from '../../config/actions-file/action-definition.js';
import type { VercelDeployment } from '../../vercel/deployment/deployment-reader.js';
import type { StepResult } from '../values/step-result.js';
import { actionDeployment } from './deployment-fields.js';

/**
 * The result for a deployment that the definition of its action does not serve; null when it is served.
 * `found` is null when the token may not read the deployment: then a rule about the deployment cannot be
 * checked, and the action fails.
 */
export function declined(definition: ActionDefinition, found: VercelDeployment | null): StepResult | null {
  return outsideEnvironment(definition, found) ?? refusedFork(definition, found);
}

function refusedFork({ forks, name }: ActionDefinition, found: VercelDeployment | null): StepResult | null {
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

function outsideEnvironment(definition: ActionDefinition, found: VercelDeployment | null): StepResult | null {
  const { environments, elsewhere, name } = definition;
  if (environments === null) return null;
  const environment = found?.environment ?? null;
  if (environment === null) return notServed(found, unreadable(name, 'which environment it is for'));
  if (isServed(environments, environment, found?.target ?? null)) return null;
  if (elsewhere === 'succeed')
    return { kind: 'skip', deployment: actionDeployment(found), text: skipText(environment.name) };
  const text = `${name} serves only ${environments.join(', ')}; this deployment is for ${environment.name}. Disable the action for this environment in the project's connection, then redeploy.`;
  return notServed(found, text);
}

/**
 * A production deployment is served only when `environments` lists `production`, whatever a custom
 * environment is called. A staging alias counts as a preview.
 */
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

/** Every report of an action is identical, also the report of another worker. */
export const skipText = (environment: string | null): string =>
  `nothing to do for ${environment ?? 'this environment'}: the deployment keeps the variables of its project`;

const unreadable = (name: string, what: string): string =>
  `${name} cannot tell ${what}: Vercel does not let the installation's token read the deployment. Contact the provider.`;

const notServed = (found: VercelDeployment | null, text: string): StepResult => ({
  kind: 'fail',
  reason: 'not-served',
  text,
  deployment: actionDeployment(found),
});
