/**
 * Every line that Drawbridge logs, by its event. `error`: a person should look. `warn`: it mends itself, and is worth knowing. `info`: a
 * fact. `debug`: for whoever looks closely, a line for each webhook, request and step.
 */
export type Level = 'error' | 'warn' | 'info' | 'debug';

interface Event {
  readonly level: Level;
  readonly message: string;
  /** Names of FIELDS; with `?` where a line may lack it. */
  readonly fields: readonly string[];
  readonly meaning: string;
}

const ACTION = ['actionId', 'installationId', 'resourceId', 'deploymentId', 'action'] as const;
const FAILURE = ['error', 'stack'] as const;

export const EVENTS = {
  started: {
    level: 'info',
    message: 'drawbridge is up',
    fields: ['url', 'roles', 'version'],
    meaning: 'Every role runs, and requests are answered.',
  },
  stopping: {
    level: 'info',
    message: 'shutting down',
    fields: ['signal'],
    meaning: 'It is no longer ready, hands work back and answers what came in.',
  },
  stopped: {
    level: 'info',
    message: 'shut down in order',
    fields: [],
    meaning: 'The last line of a process.',
  },
  'stopped-late': {
    level: 'warn',
    message: 'shutdown cut short: its time was over',
    fields: ['count'],
    meaning:
      'The last line instead of `stopped`, with exit code 1: after 25 s the database or a request was not done. So many actions were still in hand; other workers take them over once their lease of 10 s lapses.',
  },
  'database-migrated': {
    level: 'info',
    message: 'the database was brought up to date',
    fields: ['migrations'],
    meaning: 'These migrations were applied; an empty list: it was up to date.',
  },
  'migration-waits': {
    level: 'warn',
    message: 'a migration waits for a table that others use',
    fields: [],
    meaning: 'A backup or a long query, mostly. It steps back for them and comes again, for ten minutes.',
  },
  'database-refuses': {
    level: 'error',
    message: 'the database refuses to work for this process, or does not answer',
    fields: ['reason', 'error', 'count'],
    meaning:
      'At once, then every ten seconds while it lasts; `count`: errors since the last such line. `reason` is one of `read-only`, `refused`, `missing`, `no-connections`, `not-accepting`, `ended`, `full`, `slow`, `fault` and `unreachable`. Requests are answered 503 meanwhile.',
  },
  'database-serves': {
    level: 'info',
    message: 'the database does its work again',
    fields: ['seconds', 'count'],
    meaning: 'After `seconds` of an outage; `count`: errors since the last `database-refuses`.',
  },
  'database-closed': {
    level: 'info',
    message: 'other roles of the server may no longer connect to the database',
    fields: ['statement', 'roles'],
    meaning:
      'A migration has run `statement`. `roles` connected through PUBLIC alone and have business here: they were granted CONNECT by name. A role that is missing needs `GRANT CONNECT ON DATABASE … TO …`.',
  },
  'database-open': {
    level: 'warn',
    message: 'every role of the server may connect to the database',
    fields: ['statement', 'error'],
    meaning:
      'A migration may not revoke that. Every role can take advisory locks there and see all sessions: let the owner of the database, or a superuser, run `statement`. [Why](operations.md#who-may-connect).',
  },
  'feed-held': {
    level: 'warn',
    message: 'the audit feed is held back',
    fields: ['seconds', 'holders'],
    meaning:
      'For a minute an open transaction has kept newer transitions from the feed: an export has failed, or event streams stand still. End the session (`SELECT pg_terminate_backend(pid)`) if its work is stuck.',
  },
  'configuration-warning': {
    level: 'warn',
    message: 'the configuration is hardly meant so',
    fields: ['warning'],
    meaning: 'What is allowed and yet looks like a mistake, such as a variable with a typing error.',
  },
  'traces-not-sent': {
    level: 'warn',
    message: 'spans could not be sent',
    fields: ['error'],
    meaning:
      'The collector does not take them; they are dropped and nothing else suffers. At most once a minute.',
  },
  'promise-failed': {
    level: 'error',
    message: 'a promise failed that nobody waits for',
    fields: ['error'],
    meaning: "Most likely a provisioner's: it left work behind that went wrong later.",
  },
  webhook: {
    level: 'debug',
    message: 'webhook taken',
    fields: [
      'deliveryId',
      'eventId',
      'type',
      'result',
      'installationId?',
      'resourceId?',
      'deploymentId?',
      'action?',
    ],
    meaning: 'It is durable and was answered 202.',
  },
  'webhook-refused': {
    level: 'warn',
    message: 'a signed webhook was refused',
    fields: ['error'],
    meaning: 'Its signature is right and it is not an event as Vercel documents it.',
  },
  request: {
    level: 'debug',
    message: 'request answered',
    fields: ['requestId', 'method', 'route', 'status', 'durationMs'],
    meaning:
      'Any other request but probes and scrapes. The route is the template: addresses may hold tokens.',
  },
  'request-failed': {
    level: 'error',
    message: 'a request failed unexpectedly',
    fields: ['requestId', 'method', 'route', ...FAILURE],
    meaning: 'It was answered 500: a defect, or something that nobody thought of.',
  },
  'request-unavailable': {
    level: 'warn',
    message: 'a request was answered 503',
    fields: ['requestId', 'method', 'route', ...FAILURE],
    meaning:
      'The database does not keep up, or undid a transaction for the sake of another. At most one line a second. For an outage of the database see `database-refuses`.',
  },
  'route-unguarded': {
    level: 'error',
    message: 'a route names no role: nobody may call it',
    fields: ['method', 'route'],
    meaning: 'A defect of this version.',
  },
  'sign-ins-throttled': {
    level: 'warn',
    message: 'an address presents too many tokens that are not valid',
    fields: ['address'],
    meaning:
      'Its wrong tokens are answered 429 instead of 401; right ones are let through. At most one line a minute.',
  },
  'identity-provider-failed': {
    level: 'error',
    message: 'the identity provider does not answer as it should',
    fields: ['error'],
    meaning: 'Operators cannot sign in with its tokens.',
  },
  'action-moved': {
    level: 'debug',
    message: 'action moved',
    fields: [...ACTION, 'transition', 'from', 'to', 'reason?'],
    meaning: 'A worker committed this transition.',
  },
  'action-finished': {
    level: 'info',
    message: 'action finished',
    fields: [...ACTION, 'allocationKey?', 'outcome', 'reason?', 'text?'],
    meaning: 'It came to rest. `text` is what whoever deploys reads.',
  },
  'verdict-accepted': {
    level: 'info',
    message: 'vercel accepted the verdict',
    fields: [...ACTION, 'outcome', 'seconds'],
    meaning: 'From here on the build goes on, or has failed.',
  },
  'action-released': {
    level: 'info',
    message: 'action released though no cleanup came',
    fields: [...ACTION, 'reason'],
    meaning: 'By the sweeper, or because a worker found its deployment or installation gone.',
  },
  'provisioner-said': {
    level: 'info',
    message: 'a provisioner says',
    fields: ['actionId', 'allocationKey', 'deploymentId', 'installationId', 'provisioner', 'text', 'detail?'],
    meaning: 'Its own words, by `request.log`; `detail` holds the fields that it gave.',
  },
  'provisioner-misbehaved': {
    level: 'error',
    message: 'a provisioner broke its contract',
    fields: ['actionId', 'allocationKey', 'deploymentId', 'installationId', 'provisioner', 'verb', 'error'],
    meaning: 'Whoever wrote it has to mend it.',
  },
  'provisioner-failing': {
    level: 'warn',
    message: 'a call of a provisioner failed and is tried again',
    fields: ['actionId', 'allocationKey', 'deploymentId', 'installationId', 'provisioner', 'verb', 'error'],
    meaning: 'It threw, or did not answer in time.',
  },
  'provisioners-not-ready': {
    level: 'error',
    message: 'the check of the provisioners failed',
    fields: FAILURE,
    meaning:
      'At boot: a backend is away, or its address or password is wrong. Actions for it are tried until their deadline.',
  },
  'provisioner-warning': {
    level: 'warn',
    message: 'the check of a provisioner has a warning',
    fields: ['warning'],
    meaning:
      'At boot: what works and yet should be changed, such as an admin of postgres-branch that is a superuser. It says which action and what to do.',
  },
  'progress-refused': {
    level: 'warn',
    message: 'vercel refused a progress report',
    fields: ['actionId', 'deploymentId', 'installationId', 'error'],
    meaning: 'Progress may get lost; the verdict is told all the same.',
  },
  'circuit-opened': {
    level: 'warn',
    message: "vercel's API fails: nothing is sent for now",
    fields: [],
    meaning: 'Calls are put off; one now and then tries whether it works again.',
  },
  'circuit-closed': {
    level: 'info',
    message: "vercel's API answers again",
    fields: [],
    meaning: 'Calls are sent as usual.',
  },
  'calls-not-recorded': {
    level: 'warn',
    message: 'calls to vercel are not on record for now',
    fields: FAILURE,
    meaning: 'The database does not take them; nothing waits for it. Said once until it works again.',
  },
  'step-failed': {
    level: 'error',
    message: 'a step failed unexpectedly and is tried again',
    fields: [...ACTION, ...FAILURE],
    meaning: 'A defect: outside trouble has lines of its own.',
  },
  'step-put-off': {
    level: 'warn',
    message: 'a step is put off: the database does not answer',
    fields: [...ACTION, ...FAILURE],
    meaning: 'It is tried again after a while. The cause is in `database-refuses`.',
  },
  'job-not-completed': {
    level: 'warn',
    message: 'a job cannot be completed',
    fields: ['jobId', 'actionId', ...FAILURE],
    meaning: 'Its heartbeat lapses, and a worker takes the action up again.',
  },
  'jobs-not-fetched': {
    level: 'warn',
    message: 'jobs cannot be fetched',
    fields: FAILURE,
    meaning: 'It is tried again twice a second. Said once until it works again.',
  },
  'upkeep-failed': {
    level: 'warn',
    message: "a round of the worker's upkeep failed",
    fields: FAILURE,
    meaning:
      'Heartbeats, comparison or tidying; the next round is due within seconds. Said once until it works again.',
  },
  'jobs-lost': {
    level: 'error',
    message: 'actions had no job and were given one',
    fields: ['count'],
    meaning: 'They move on again. Nothing that we know of loses a job: tell the maintainers.',
  },
  'listener-lost': {
    level: 'warn',
    message: 'the listening connection is lost, polling carries on',
    fields: FAILURE,
    meaning: 'It is opened again by itself. Said once until it is.',
  },
  'audit-not-followed': {
    level: 'warn',
    message: 'the audit cannot be followed for operators who watch',
    fields: FAILURE,
    meaning: 'Their streams of events stand still. Said once until it works again.',
  },
  'queue-failed': {
    level: 'warn',
    message: 'the queue has trouble',
    fields: FAILURE,
    meaning: 'An error inside of pg-boss, mostly because the database was away; it goes on by itself.',
  },
  'queue-warning': {
    level: 'warn',
    message: 'the queue warns',
    fields: ['warning'],
    meaning: 'A warning of pg-boss, such as a slow query.',
  },
  'sweep-failed': {
    level: 'error',
    message: 'a sweep failed',
    fields: ['installationId?', ...FAILURE],
    meaning: 'The next is due within a minute; what nobody needs is held until one ends well.',
  },
  'deployments-doubted': {
    level: 'error',
    message: 'deployments are not found and nothing is released: the answers are not believed',
    fields: ['installationId', 'reason', 'gone', 'found'],
    meaning:
      "Vercel finds none, or too few, of the installation's deployments at once, or the installation was transferred. Most likely the token is another team's. See the runbook deployments-not-believed.",
  },
  'deployments-believed': {
    level: 'info',
    message: 'deployments are found again, or an operator confirmed that they are gone',
    fields: ['installationId', 'reason'],
    meaning: "Answers about the installation's deployments are believed again. `reason`: why they were not.",
  },
  'deployments-confirmed': {
    level: 'info',
    message: 'an operator confirmed that deployments are gone',
    fields: ['installationId', 'actor', 'text'],
    meaning:
      'The next sweep asks once more and releases what Vercel still does not find. `text`: the words of the operator.',
  },
  'installation-transferred': {
    level: 'warn',
    message: 'an installation was transferred to another account',
    fields: ['installationId'],
    meaning:
      'Its token may be of the former account. Nothing of it is released for a missing deployment until one is found with its token.',
  },
  'resource-transferred': {
    level: 'info',
    message: 'a resource was transferred to another installation',
    fields: ['installationId', 'resourceId', 'ownerId', 'actor', 'count'],
    meaning: 'An admin said so. `ownerId`: the former installation; `count`: actions that moved.',
  },
  'event-elsewhere': {
    level: 'warn',
    message: 'an event names an action that another installation has',
    fields: ['installationId', 'resourceId', 'deploymentId', 'action', 'ownerId', 'type'],
    meaning:
      'A cancel or cleanup found no action of its installation, and exactly one of the same deployment, resource and slug elsewhere. Nothing was done with that one. If the resource was transferred, state it: `drawbridge installations transfer-resource`.',
  },
  'retention-failed': {
    level: 'error',
    message: 'clearing away failed',
    fields: FAILURE,
    meaning: 'The next is due within the hour.',
  },
  'retention-cleared': {
    level: 'info',
    message: 'cleared away',
    fields: ['subject', 'count', 'until', 'run'],
    meaning: 'What had been kept for its time; also on record in `retention_run`.',
  },
  'gauges-not-read': {
    level: 'warn',
    message: 'the database does not tell its gauges: /metrics leaves them out',
    fields: FAILURE,
    meaning: 'Said once until it works again.',
  },
  'gauges-read': {
    level: 'info',
    message: 'the database tells its gauges again',
    fields: [],
    meaning: '/metrics is whole again.',
  },
  'framework-error': {
    level: 'error',
    message: 'the web framework reports an error',
    fields: ['text', 'context?', 'stack?'],
    meaning: "Nest's or Fastify's own words.",
  },
  'framework-warning': {
    level: 'warn',
    message: 'the web framework warns',
    fields: ['text', 'context?'],
    meaning: "Nest's or Fastify's own words.",
  },
  framework: {
    level: 'debug',
    message: 'the web framework says',
    fields: ['text', 'context?'],
    meaning: 'Modules and routes as they come up.',
  },
} as const satisfies Record<string, Event>;

export type EventName = keyof typeof EVENTS;
