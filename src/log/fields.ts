/**
 * Every field of a line besides `level`, `time`, `event` and `msg`, with its type. A name has the same
 * meaning in every line.
 */
export interface FieldTypes {
  actionId: string;
  deliveryId: string;
  deploymentId: string;
  installationId: string;
  resourceId: string;
  ownerId: string;
  allocationKey: string;
  action: string;
  provisioner: string;
  verb: 'provision' | 'deprovision';
  eventId: string;
  type: string;
  result: string;
  transition: string;
  from: string;
  to: string;
  outcome: string;
  reason: string;
  text: string;
  detail: object;
  seconds: number;
  requestId: string;
  method: string;
  route: string;
  status: number;
  durationMs: number;
  jobId: string;
  subject: string;
  count: number;
  gone: number;
  found: number;
  until: string;
  run: string | null;
  actor: string;
  error: string;
  stack: string | undefined;
  warning: string;
  url: string;
  roles: string;
  version: string;
  signal: string;
  migrations: readonly string[];
  statement: string;
  address: string;
  holders: string;
  context: string;
}

export type FieldName = keyof FieldTypes;

export const FIELDS: Record<FieldName, string> = {
  actionId: "the action's id, as in the API and the console",
  deliveryId: "the delivery's id, as in the API",
  deploymentId: "Vercel's `dpl_…`",
  installationId: "Vercel's `icfg_…`",
  resourceId: "the provider's own id of the resource",
  ownerId: 'another installation, which has or had the action or the resource',
  allocationKey: "the allocation's key, which names the resource at the backend",
  action: "the action's slug",
  provisioner: "the provisioner's name in actions.yaml",
  verb: '`provision` or `deprovision`',
  eventId: "Vercel's id of the event",
  type: "the event's type",
  result: '`recorded`, `duplicate` or `ignored`',
  transition: 'the event of the state machine',
  from: 'the state before the transition',
  to: 'the state after the transition',
  outcome: '`succeeded`, `failed`, `canceled` or `released`',
  reason: 'the reason as a code; for actions see docs/state-machine.md',
  text: 'a text for people',
  detail: 'an object: the fields that a provisioner passed with its message',
  seconds: "time since the event's `createdAt`; for an outage: its length",
  requestId: 'the id of the request, also part of the answer to a failed request',
  method: 'the HTTP method',
  route: "the route's template, never the address",
  status: 'the HTTP status',
  durationMs: 'the duration in milliseconds',
  jobId: "the queue's id of the job",
  subject: '`actions` or `deliveries`',
  count: 'a number; its meaning is part of the event',
  gone: 'deployments of the installation that Vercel does not find',
  found: 'deployments of the installation that Vercel found in the same sweep',
  until: 'rows older than this time were purged',
  run: 'the id of the row in `retention_run`',
  actor: 'the operator: `operator:<name>`',
  error: 'the error message in one line; passwords in addresses are replaced by `***`',
  stack: 'the stack trace',
  warning: 'the problem, and the fix if there is one',
  url: 'the address at which the process listens',
  roles: '`web`, `worker` or `web,worker`; for `database-closed` roles of PostgreSQL',
  version: 'the version of Drawbridge',
  signal: 'the signal that started the shutdown',
  migrations: 'a list of names',
  statement: 'an SQL statement',
  address: 'the address of the connection; that of the proxy if there is a proxy',
  holders: 'sessions of PostgreSQL: process ids, roles, application names',
  context: 'the part of the framework that logged the message',
};
