/**
 * Every event that Drawbridge logs, with its level, message, fields and meaning. docs/logs.md is generated
 * from it.
 *
 * `error`: a person has to act. `warn`: Drawbridge recovers by itself, but a person should know. `info`:
 * normal operation. `debug`: one line for each webhook, request and step.
 */
export type Level = 'error' | 'warn' | 'info' | 'debug';

interface Event {
  readonly level: Level;
  readonly message: string;
  /** Names of FIELDS, with `?` if a line may lack the field. */
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
    meaning: 'Every role is running and the process answers requests.',
  },
  stopping: {
    level: 'info',
    message: 'shutting down',
    fields: ['signal'],
    meaning:
      'The process is no longer ready, hands its work back and answers the requests it has already received.',
  },
  stopped: {
    level: 'info',
    message: 'shutdown complete',
    fields: [],
    meaning: 'The last line of a process.',
  },
  'stopped-late': {
    level: 'warn',
    message: 'shutdown cut short: its time limit has passed',
    fields: ['count'],
    meaning:
      'The last line instead of `stopped`, with exit code 1: after 25 s the database or a request was ' +
      'still busy. `count`: actions still in flight. Other workers take them over after their lease of 10 ' +
      's expires.',
  },
  'database-migrated': {
    level: 'info',
    message: 'database schema is up to date',
    fields: ['migrations'],
    meaning: '`migrations` were applied. An empty list means that none was pending.',
  },
  'migration-waits': {
    level: 'warn',
    message: 'a migration is waiting for a lock on a table in use',
    fields: [],
    meaning:
      'Usually a backup or a long query holds the table. The migration releases its place in the lock ' +
      'queue and retries for ten minutes.',
  },
  'database-refuses': {
    level: 'error',
    message: 'the database rejects work from this process or does not respond',
    fields: ['reason', 'error', 'count'],
    meaning:
      'Logged at once, then every ten seconds during the outage. `count`: errors since the last such line. ' +
      '`reason` is one of `read-only`, `refused`, `missing`, `no-connections`, `not-accepting`, `ended`, ' +
      '`full`, `slow`, `fault` and `unreachable`. Requests are answered 503 during the outage.',
  },
  'database-serves': {
    level: 'info',
    message: 'the database works again',
    fields: ['seconds', 'count'],
    meaning: '`seconds`: length of the outage. `count`: errors since the last `database-refuses`.',
  },
  'database-closed': {
    level: 'info',
    message: 'other roles of the server may no longer connect to the database',
    fields: ['statement', 'roles'],
    meaning:
      'A migration ran `statement`. `roles` had been connecting through PUBLIC only and use this database, ' +
      'so each of them was granted CONNECT by name. A role that is missing from the list needs `GRANT ' +
      'CONNECT ON DATABASE … TO …`.',
  },
  'database-open': {
    level: 'warn',
    message: 'every role of the server may connect to the database',
    fields: ['statement', 'error'],
    meaning:
      'The migration lacks the right to revoke CONNECT. Until it is revoked, every role can take advisory ' +
      'locks and see all sessions. Run `statement` as the owner of the database or as a superuser. ' +
      '[Why](operations.md#who-may-connect).',
  },
  'feed-held': {
    level: 'warn',
    message: 'an open transaction holds back the audit feed',
    fields: ['seconds', 'holders'],
    meaning:
      'For a minute an open transaction has kept newer transitions out of the feed: an export has failed, ' +
      'or event streams have stopped. If the work of the session is stuck, end it with `SELECT ' +
      'pg_terminate_backend(pid)`.',
  },
  'configuration-warning': {
    level: 'warn',
    message: 'the configuration is valid but looks like a mistake',
    fields: ['warning'],
    meaning: 'Example: a typing error in the name of an environment variable. `warning` says what to fix.',
  },
  'traces-not-sent': {
    level: 'warn',
    message: 'spans could not be sent to the collector',
    fields: ['error'],
    meaning: 'The spans are dropped; nothing else is affected. Logged at most once a minute.',
  },
  'promise-failed': {
    level: 'error',
    message: 'a promise was rejected and no code handles it',
    fields: ['error'],
    meaning: 'Most likely a provisioner started work, did not await it, and the work failed later.',
  },
  webhook: {
    level: 'debug',
    message: 'webhook stored',
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
    meaning: 'The webhook is durable and was answered 202.',
  },
  'webhook-refused': {
    level: 'warn',
    message: 'a webhook with a valid signature was rejected',
    fields: ['error'],
    meaning: 'The body is not an event as documented by Vercel.',
  },
  request: {
    level: 'debug',
    message: 'request answered',
    fields: ['requestId', 'method', 'route', 'status', 'durationMs'],
    meaning:
      'Any request except webhooks, probes and scrapes. `route` is the template because addresses may ' +
      'contain tokens.',
  },
  'request-failed': {
    level: 'error',
    message: 'a request failed unexpectedly',
    fields: ['requestId', 'method', 'route', ...FAILURE],
    meaning: 'The request was answered 500. This is a defect of Drawbridge or an unforeseen situation.',
  },
  'request-unavailable': {
    level: 'warn',
    message: 'a request was answered 503',
    fields: ['requestId', 'method', 'route', ...FAILURE],
    meaning:
      'The database is overloaded, or rolled a transaction back in favor of another. Logged at most once a ' +
      'second. Outages of the database are logged as `database-refuses`.',
  },
  'route-unguarded': {
    level: 'error',
    message: 'a route declares no role, so every call of the route is rejected',
    fields: ['method', 'route'],
    meaning: 'A defect of this version.',
  },
  'sign-ins-throttled': {
    level: 'warn',
    message: 'an address sends too many invalid tokens',
    fields: ['address'],
    meaning:
      'Invalid tokens from this address are answered 429 instead of 401; valid tokens still work. ' +
      'Logged at most once a minute.',
  },
  'identity-provider-failed': {
    level: 'error',
    message: 'the identity provider does not answer correctly',
    fields: ['error'],
    meaning: 'Operators cannot sign in with tokens of the identity provider.',
  },
  'action-moved': {
    level: 'debug',
    message: 'action changed state',
    fields: [...ACTION, 'transition', 'from', 'to', 'reason?'],
    meaning: 'A worker committed this transition.',
  },
  'action-finished': {
    level: 'info',
    message: 'action finished',
    fields: [...ACTION, 'allocationKey?', 'outcome', 'reason?', 'text?'],
    meaning: 'The action reached a state that needs no worker. `text` is shown to the user who deploys.',
  },
  'verdict-accepted': {
    level: 'info',
    message: 'vercel accepted the outcome of an action',
    fields: [...ACTION, 'outcome', 'seconds'],
    meaning: 'The build continues after `succeeded` and fails after `failed`.',
  },
  'action-released': {
    level: 'info',
    message: 'action released without a cleanup webhook',
    fields: [...ACTION, 'reason'],
    meaning: 'The sweeper released it, or a worker found that its deployment or installation is gone.',
  },
  'provisioner-said': {
    level: 'info',
    message: 'message of a provisioner',
    fields: ['actionId', 'allocationKey', 'deploymentId', 'installationId', 'provisioner', 'text', 'detail?'],
    meaning: 'Logged by the plugin through `request.log`. `detail` holds the fields passed by the plugin.',
  },
  'provisioner-misbehaved': {
    level: 'error',
    message: 'a provisioner broke its contract',
    fields: ['actionId', 'allocationKey', 'deploymentId', 'installationId', 'provisioner', 'verb', 'error'],
    meaning: 'The authors of the plugin have to fix it.',
  },
  'provisioner-failing': {
    level: 'warn',
    message: 'a call of a provisioner failed and will be retried',
    fields: ['actionId', 'allocationKey', 'deploymentId', 'installationId', 'provisioner', 'verb', 'error'],
    meaning: 'The call threw an error or exceeded its time limit.',
  },
  'provisioners-not-ready': {
    level: 'error',
    message: 'the check of the provisioners failed at boot',
    fields: FAILURE,
    meaning:
      'A backend is unreachable, or its address or password is wrong. Actions that use the backend are ' +
      'retried until their deadline.',
  },
  'provisioner-warning': {
    level: 'warn',
    message: 'the check of a provisioner found a problem at boot',
    fields: ['warning'],
    meaning:
      'The provisioner works but should be changed. Example: the admin role of postgres-branch is a ' +
      'superuser. `warning` names the action and the fix.',
  },
  'progress-refused': {
    level: 'warn',
    message: 'vercel rejected a progress report',
    fields: ['actionId', 'deploymentId', 'installationId', 'error'],
    meaning: 'This progress text is not shown at Vercel. The outcome is still reported.',
  },
  'circuit-opened': {
    level: 'warn',
    message: "vercel's API is failing, so calls are suspended",
    fields: [],
    meaning: 'Calls are postponed. A single call tests from time to time whether the API has recovered.',
  },
  'circuit-closed': {
    level: 'info',
    message: "vercel's API answers again",
    fields: [],
    meaning: 'Calls are no longer suspended.',
  },
  'calls-not-recorded': {
    level: 'warn',
    message: 'calls to vercel cannot be recorded in the database',
    fields: FAILURE,
    meaning:
      'The records of these calls are lost. The calls themselves are not affected. Logged once per outage.',
  },
  'step-failed': {
    level: 'error',
    message: 'a step of an action failed unexpectedly and will be retried',
    fields: [...ACTION, ...FAILURE],
    meaning: 'A defect of Drawbridge. Failures of the database, Vercel or a provisioner have other events.',
  },
  'step-put-off': {
    level: 'warn',
    message: 'a step of an action is postponed because the database does not respond',
    fields: [...ACTION, ...FAILURE],
    meaning: 'The step is retried later. `database-refuses` names the cause.',
  },
  'job-not-completed': {
    level: 'warn',
    message: 'a job could not be marked as completed',
    fields: ['jobId', 'actionId', ...FAILURE],
    meaning: 'After its heartbeat expires, a worker fetches the job again.',
  },
  'jobs-not-fetched': {
    level: 'warn',
    message: 'jobs could not be fetched',
    fields: FAILURE,
    meaning: 'Fetching is retried twice a second. Logged once per outage.',
  },
  'upkeep-failed': {
    level: 'warn',
    message: 'a round of worker maintenance failed',
    fields: FAILURE,
    meaning:
      'Heartbeats, the comparison of actions with jobs, or the removal of old jobs failed. The next round ' +
      'starts within seconds. Logged once per outage.',
  },
  'jobs-lost': {
    level: 'error',
    message: 'actions without a job were found and given one',
    fields: ['count'],
    meaning: 'The actions continue. Jobs should never be lost: report this to the maintainers of Drawbridge.',
  },
  'listener-lost': {
    level: 'warn',
    message: 'the LISTEN connection was lost; workers poll instead',
    fields: FAILURE,
    meaning: 'The connection is reopened automatically. Logged once per outage.',
  },
  'audit-not-followed': {
    level: 'warn',
    message: 'new transitions could not be read for the event streams',
    fields: FAILURE,
    meaning: 'Event streams of the API and the console receive no events. Logged once per outage.',
  },
  'queue-failed': {
    level: 'warn',
    message: 'the queue reports an error',
    fields: FAILURE,
    meaning: 'An error inside pg-boss, usually after an outage of the database. pg-boss recovers by itself.',
  },
  'queue-warning': {
    level: 'warn',
    message: 'the queue reports a warning',
    fields: ['warning'],
    meaning: 'A warning of pg-boss. Example: a slow query.',
  },
  'sweep-failed': {
    level: 'error',
    message: 'a sweep failed',
    fields: ['installationId?', ...FAILURE],
    meaning: 'The next sweep starts within a minute. Unused allocations are kept until a sweep completes.',
  },
  'deployments-doubted': {
    level: 'error',
    message: 'too many deployments of an installation are missing at vercel; nothing is released',
    fields: ['installationId', 'reason', 'gone', 'found'],
    meaning:
      "Vercel finds none, or too few, of the installation's deployments, or the installation was " +
      'transferred. Most ' +
      'likely the access token belongs to another team. See the runbook deployments-not-believed.',
  },
  'deployments-believed': {
    level: 'info',
    message: 'missing deployments of an installation are released again',
    fields: ['installationId', 'reason'],
    meaning:
      'Vercel finds deployments of the installation again, or an operator confirmed that they are gone. ' +
      "`reason`: why Vercel's answers had been doubted.",
  },
  'deployments-confirmed': {
    level: 'info',
    message: 'an operator confirmed that deployments are gone',
    fields: ['installationId', 'actor', 'text'],
    meaning:
      'The next sweep asks Vercel once more and releases the deployments that are still missing. ' +
      "`text`: the operator's reason.",
  },
  'installation-transferred': {
    level: 'warn',
    message: 'an installation was transferred to another account',
    fields: ['installationId'],
    meaning:
      'The stored access token may belong to the former account. No missing deployment of the installation ' +
      'is released until Vercel finds one of its deployments with the token.',
  },
  'resource-transferred': {
    level: 'info',
    message: 'a resource was transferred to another installation',
    fields: ['installationId', 'resourceId', 'ownerId', 'actor', 'count'],
    meaning:
      'An admin requested the transfer. `ownerId`: the former installation. `count`: actions that were ' +
      'moved.',
  },
  'event-elsewhere': {
    level: 'warn',
    message: 'an event names an action that belongs to another installation',
    fields: ['installationId', 'resourceId', 'deploymentId', 'action', 'ownerId', 'type'],
    meaning:
      'A cancel or cleanup matches no action of its own installation, but exactly one action of another ' +
      'installation has the same deployment, resource and slug. That action was not changed. If the ' +
      'resource was transferred, run `drawbridge installations transfer-resource`.',
  },
  'retention-failed': {
    level: 'error',
    message: 'a purge of old rows failed',
    fields: FAILURE,
    meaning: 'The next purge starts within an hour.',
  },
  'retention-cleared': {
    level: 'info',
    message: 'old rows purged',
    fields: ['subject', 'count', 'until', 'run'],
    meaning: 'Their retention period has passed. The purge is recorded in the table `retention_run`.',
  },
  'gauges-not-read': {
    level: 'warn',
    message: 'gauges could not be read from the database; /metrics omits them',
    fields: FAILURE,
    meaning: 'Logged once per outage.',
  },
  'gauges-read': {
    level: 'info',
    message: 'gauges are read from the database again',
    fields: [],
    meaning: '/metrics is complete again.',
  },
  'framework-error': {
    level: 'error',
    message: 'the web framework reports an error',
    fields: ['text', 'context?', 'stack?'],
    meaning: '`text` is the message of Nest or Fastify.',
  },
  'framework-warning': {
    level: 'warn',
    message: 'the web framework reports a warning',
    fields: ['text', 'context?'],
    meaning: '`text` is the message of Nest or Fastify.',
  },
  framework: {
    level: 'debug',
    message: 'message of the web framework',
    fields: ['text', 'context?'],
    meaning: 'Modules and routes as Nest initializes them.',
  },
} as const satisfies Record<string, Event>;

export type EventName = keyof typeof EVENTS;
