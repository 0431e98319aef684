import { INSTALLATION, type ScenarioPart } from '../scenario.js';
import type { Stage } from '../stage/stage.js';

/** Who appears, before it begins. */
export function cast(parts: readonly ScenarioPart[]): string[] {
  const rows = parts.map(({ name, shows }) => `  ${name.padEnd(12)}  ${shows}`);
  return [`${parts.length} deployments, all at once:`, '', ...rows];
}

/** What there is to try while the demo stays up. */
export function invitation({ operator, twin }: Stage): string[] {
  const connections = [{ installationId: INSTALLATION, resourceId: 'shop-db', actions: ['branch'] }];
  const body = JSON.stringify({ project: 'shop', gitRef: 'my-branch', connections });
  const json = `-H 'content-type: application/json'`;
  return [
    'Everything stays up until Ctrl-C. What you do now appears below.',
    '',
    `  Drawbridge's API      ${operator.url}/api/v1/actions`,
    `  the console           ${operator.url}/console`,
    `  an admin's token      ${operator.token}`,
    `  the Vercel stand-in   ${twin.url}/twin`,
    '',
    '  Ask Drawbridge what failed:',
    `    curl -s -H 'authorization: Bearer ${operator.token}' '${operator.url}/api/v1/actions?state=failed'`,
    '  Read the audit, oldest first:',
    `    curl -s -H 'authorization: Bearer ${operator.token}' '${operator.url}/api/v1/transitions'`,
    '  Deploy something yourself, then delete it (its id is in the answer):',
    `    curl -s -X POST ${twin.url}/twin/deployments ${json} -d '${body}'`,
    `    curl -s -X DELETE ${twin.url}/twin/deployments/ID`,
    '',
  ];
}
