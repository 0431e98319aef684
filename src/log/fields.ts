/** Every field of a line beside `level`, `time`, `event` and `msg`, and what it holds. One name, one meaning. */
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
  ownerId: 'another installation, which has the action that the event seems to mean',
  allocationKey: "the allocation's key, which names the thing outside",
  action: 'the slug',
  provisioner: 'its name in actions.yaml',
  verb: '`provision` or `deprovision`',
  eventId: 'the id that Vercel gave the event',
  type: "the event's type",
  result: '`recorded`, `duplicate` or `ignored`',
  transition: 'the event of the state machine',
  from: 'the state before',
  to: 'the state after',
  outcome: '`succeeded`, `failed`, `canceled` or `released`',
  reason: 'why, as a code; of actions: see docs/state-machine.md',
  text: 'words for people',
  detail: 'an object: what a provisioner gave beside its words',
  seconds: "from the event's `createdAt`; of an outage: its length",
  requestId: 'also stands in the answer of a request that failed',
  method: 'of HTTP',
  route: "the route's template, never the address",
  status: 'of HTTP',
  durationMs: 'milliseconds',
  jobId: "the queue's id of the job",
  subject: '`actions` or `deliveries`',
  count: 'how many',
  gone: 'deployments of the installation that Vercel does not find',
  found: 'deployments of the installation that Vercel showed in the same sweep',
  until: 'what is older was cleared away',
  run: 'the row of `retention_run`',
  actor: 'who did it: `operator:<name>`',
  error: 'what went wrong, in one line; passwords in addresses are left out',
  stack: 'where in the program',
  warning: 'what looks wrong',
  url: 'where it listens',
  roles: '`web`, `worker` or `web,worker`; with `database-closed` those of PostgreSQL',
  version: "Drawbridge's",
  signal: 'what asked for it',
  migrations: 'a list of names',
  statement: 'of SQL',
  address: 'of the connection: a proxy’s where one is in between',
  holders: 'sessions of PostgreSQL: process ids, roles, application names',
  context: "the framework's part that speaks",
};
