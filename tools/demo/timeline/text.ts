import { INSTALLATION, type DemoDeployment } from '../deployments.js';
import type { DemoEnvironment } from '../environment/environment.js';

/** Lists the deployments before they start. */
export function listDeployments(parts: readonly DemoDeployment[]): string[] {
  const rows = parts.map(({ name, shows }) => `  ${name.padEnd(12)}  ${shows}`);
  return [`${parts.length} deployments, all at once:`, '', ...rows];
}

/** Lists addresses and commands to try while the demo keeps running. */
export function nextSteps({ operator, twin }: DemoEnvironment): string[] {
  const connections = [{ installationId: INSTALLATION, resourceId: 'shop-db', actions: ['branch'] }];
  const body = JSON.stringify({ project: 'shop', gitRef: 'my-branch', connections });
  const json = `-H 'content-type: application/json'`;
  return [
    'Everything keeps running until Ctrl-C. The timeline below shows what you do.',
    '',
    `  Drawbridge's API      ${operator.url}/api/v1/actions`,
    `  the console           ${operator.url}/console`,
    `  the admin token       ${operator.token}`,
    `  the Vercel twin       ${twin.url}/twin`,
    '',
    '  List the failed actions:',
    `    curl -s -H 'authorization: Bearer ${operator.token}' '${operator.url}/api/v1/actions?state=failed'`,
    '  Read the audit log, oldest first:',
    `    curl -s -H 'authorization: Bearer ${operator.token}' '${operator.url}/api/v1/transitions'`,
    '  Create a deployment, then delete it (the answer contains its id):',
    `    curl -s -X POST ${twin.url}/twin/deployments ${json} -d '${body}'`,
    `    curl -s -X DELETE ${twin.url}/twin/deployments/ID`,
    '',
  ];
}
