import type { ActionView } from '../../action/claims/action-view.js';
import { DEPLOYMENT_PROPERTIES, type ActionDeployment } from '../../action/entities/action-deployment.js';
import type { ProvisionRequest } from '../../provisioner/provisioner.js';
import type { VercelDeployment } from '../../vercel/deployment/deployment-reader.js';

/**
 * A deployment's fields on their way from Vercel's answer to the action's columns, and from these to the
 * plugin. A field with one name in all three needs no line here. The compiler fails when one of the three
 * lacks it.
 */
type PluginDeployment = ProvisionRequest['deployment'];
type SameName = keyof ActionDeployment & keyof PluginDeployment;

/** `deploymentUrl` is called `url` elsewhere; plugins do not see `environment`. */
const OTHERS: readonly string[] = ['deploymentUrl', 'environment'] satisfies Exclude<
  keyof ActionDeployment,
  SameName
>[];

const SAME_NAME = DEPLOYMENT_PROPERTIES.filter((name): name is SameName => !OTHERS.includes(name));

/** The columns of the action about its deployment; all null when the token may not read the deployment. */
export function actionDeployment(found: VercelDeployment | null): ActionDeployment {
  const url = found?.url ?? null;
  return { ...sameOf(found), deploymentUrl: url, environment: found?.environment?.name ?? null };
}

/** What a plugin sees of the deployment. */
export function pluginDeployment(view: ActionView): PluginDeployment {
  return { id: view.deploymentId, url: view.deploymentUrl, ...sameOf(view) };
}

const sameOf = (source: Pick<ActionDeployment, SameName> | null): Pick<ActionDeployment, SameName> =>
  Object.fromEntries(SAME_NAME.map((name) => [name, source?.[name] ?? null])) as Pick<
    ActionDeployment,
    SameName
  >;
