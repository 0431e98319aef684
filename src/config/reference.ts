/** The documentation of one setting. Texts are Markdown. */
export interface ConfigReference {
  readonly meaning: string;
  /** The default, or the effect of leaving the setting out. Empty if `meaning` describes it. */
  readonly otherwise: string;
}

const setting = (meaning: string, otherwise = ''): ConfigReference => ({ meaning, otherwise });

/** Every environment variable that Drawbridge reads, in the order of the documentation. */
export const VARIABLE_REFERENCE = {
  NODE_ENV: setting('`development`, `test` or `production`; see [Production](#production)', '`development`'),
  PORT: setting('port to listen on; `0` selects a free port', '`3000`'),
  HOST: setting('address to listen on', '`0.0.0.0`'),
  ROLES: setting(
    'roles of this process: `web` (answers requests), `worker` (runs actions), or both',
    '`web,worker`',
  ),
  DATABASE_URL: setting(
    'PostgreSQL 15 or later: `postgres://user:password@host:port/database`',
    'an embedded PostgreSQL, see below',
  ),
  DATABASE_DIRECT_URL: setting(
    'connects to PostgreSQL directly if `DATABASE_URL` connects to a pooler; used for notifications and ' +
      '`migrate`; see [poolers](operations.md#poolers)',
    '`DATABASE_URL`',
  ),
  DATABASE_POOLING: setting(
    '`transaction` if `DATABASE_URL` connects to a pooler in transaction mode, otherwise `session`',
    '`session`',
  ),
  VERCEL_CLIENT_SECRET: setting(
    "the integration's client secret, which signs webhooks; comma-separated during a rotation",
    'generated, see below',
  ),
  VERCEL_INTEGRATION_ID: setting(
    "`oac_…`, the required audience of Vercel's tokens; if unset, the partner API rejects all tokens",
  ),
  VERCEL_API_URL: setting("base URL of Vercel's API", '`https://api.vercel.com`'),
  VERCEL_MARKETPLACE_ISSUER: setting(
    'issuer of the tokens of partner API calls',
    '`https://marketplace.vercel.com`',
  ),
  VERCEL_MARKETPLACE_JWKS_URL: setting(
    'URL of the public keys that verify these tokens',
    '`https://marketplace.vercel.com/.well-known/jwks`',
  ),
  ACTIONS_FILE: setting('the actions file, relative to the working directory', '`config/actions.yaml`'),
  ENCRYPTION_KEYS: setting(
    '`id:base64(32 bytes)`, comma-separated: the first encrypts, all decrypt',
    'generated, see below',
  ),
  OPERATOR_TOKENS: setting(
    '`name:role:sha256hex`, comma-separated; the role is `viewer`, `operator` or `admin`; an optional ' +
      'fourth part, `:icfg_a+icfg_b`, limits the token to these installations',
    'generated, see below',
  ),
  OPERATOR_OIDC_ISSUER: setting(
    'the exact `iss` of the tokens; the keys are found through `/.well-known/openid-configuration` below ' +
      'this URL',
    'no identity provider',
  ),
  OPERATOR_OIDC_AUDIENCE: setting('the required `aud` of the tokens; required with the issuer'),
  OPERATOR_OIDC_ROLES: setting(
    '`claim value=role`, comma-separated, such as `drawbridge-admins=admin,engineers=viewer`; required ' +
      'with the issuer',
  ),
  OPERATOR_OIDC_ROLE_CLAIM: setting(
    'name of the claim with these values (a text or a list of texts), or a dotted path such as ' +
      '`realm_access.roles`',
    '`roles`',
  ),
  OPERATOR_OIDC_INSTALLATIONS_CLAIM: setting(
    'name or path of a claim that lists the installations the token is limited to; `*` in the list means ' +
      'all. If this is set, a token without the claim has access to no installation',
    'tokens are not limited',
  ),
  OPERATOR_OIDC_CLIENT_ID: setting(
    'the public client (authorization code with PKCE) that the console uses for sign-in',
    'no sign-in through the identity provider in the console',
  ),
  OPERATOR_OIDC_SCOPE: setting(
    'the scopes that the console requests; must include `openid`',
    '`openid profile email`',
  ),
  PUBLIC_URL: setting(
    "the public address of Drawbridge; the base of each deployment's `statusUrl`",
    'no `statusUrl`',
  ),
  RETENTION_DELIVERIES: setting(
    'how long deliveries are kept, such as `30d`; at least `2d`; see [Retention](#retention)',
    'for ever',
  ),
  RETENTION_ACTIONS: setting('how long actions are kept after they finished; at least `2d`', 'for ever'),
  LOG_LEVEL: setting('`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`', '`info`'),
  OTEL_TRACES_EXPORTER: setting(
    '`otlp` or `none`',
    '`otlp` if an endpoint is set, otherwise `none`: tracing is off',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    'a collector that accepts OTLP over HTTP, such as `http://otel-collector:4318`; `/v1/traces` is appended',
    '`http://localhost:4318` with `OTEL_TRACES_EXPORTER=otlp`',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: setting(
    'the complete address for traces; nothing is appended',
    'derived from `OTEL_EXPORTER_OTLP_ENDPOINT`',
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: setting('`http/protobuf`, the only supported protocol', '`http/protobuf`'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: setting('the same, for traces only', '`OTEL_EXPORTER_OTLP_PROTOCOL`'),
  OTEL_EXPORTER_OTLP_HEADERS: setting(
    '`name=value`, comma-separated, percent-encoded: headers that the collector requires, such as a ' +
      'token; a secret',
    'none',
  ),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: setting('the same, for traces only', '`OTEL_EXPORTER_OTLP_HEADERS`'),
  OTEL_SERVICE_NAME: setting('`service.name` of all spans', '`drawbridge`'),
  OTEL_RESOURCE_ATTRIBUTES: setting(
    'additional attributes of the process, such as `deployment.environment.name=production`',
    'none',
  ),
  OTEL_TRACES_SAMPLER: setting(
    '`always_on`, `always_off`, `traceidratio`, or one of these after `parentbased_`; see ' +
      '[Sampling](tracing.md#sampling)',
    '`parentbased_always_on`',
  ),
  OTEL_TRACES_SAMPLER_ARG: setting('the share of traces that `traceidratio` keeps, from 0 to 1', '1'),
  OTEL_BSP_SCHEDULE_DELAY: setting('milliseconds between two batches of spans', '`5000`'),
  OTEL_BSP_EXPORT_TIMEOUT: setting('time limit in milliseconds for sending a batch', '`30000`'),
  OTEL_BSP_MAX_QUEUE_SIZE: setting('limit of waiting spans; further spans are dropped', '`2048`'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: setting('limit of spans in one batch', '`512`'),
  OTEL_SDK_DISABLED: setting('`true` turns tracing off, whatever else is set', '`false`'),
} as const satisfies Record<string, ConfigReference>;

/** Variables whose value is a secret. */
export const SECRET_VARIABLES: readonly (keyof typeof VARIABLE_REFERENCE)[] = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'VERCEL_CLIENT_SECRET',
  'ENCRYPTION_KEYS',
  'OPERATOR_TOKENS',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
];

/** The keys of one action in actions.yaml. */
export const ACTION_REFERENCE = {
  provisioner: setting(
    'a [builtin](provisioners/README.md), `memory`, or the name of an npm package; required',
  ),
  name: setting('the name shown to people', 'the slug'),
  scope: setting(
    '`deployment`: each deployment gets an allocation of its own; `git-branch`: deployments of a git ' +
      'branch share one',
    '`deployment`',
  ),
  forks: setting(
    'allocations for pull requests from another repository: `deployment`: one per deployment; `own`: one ' +
      'per branch of the fork; `refuse`: the action fails; see [Forks](#forks)',
    '`deployment`',
  ),
  environments: setting(
    'the environments in which the action runs: `production`, `preview`, or the slug of a custom one; ' +
      'see [Environments](#environments)',
    'all',
  ),
  elsewhere: setting(
    'the outcome reported in other environments: `succeed`: the deployment continues with the variables ' +
      'of its project; `fail`: the deployment fails',
    '`succeed`',
  ),
  deadline: setting(
    "time from the event's `createdAt` until `failed` is reported to Vercel; at most `170s`, because " +
      'Vercel waits three minutes',
    '`170s`',
  ),
  retain: setting(
    'release this long after success, even without a cleanup webhook; at most `3650d`; see ' +
      '[Lifetime](#lifetime)',
    'as long as the deployment exists',
  ),
  retainProduction: setting('whether `retain` also applies to production deployments', '`false`'),
  retainFailed: setting(
    'how long after success to release if the deployment failed or was canceled at Vercel, such as `1h`; ' +
      '`off`: not before the cleanup webhook',
    '`1d`',
  ),
  suggest: setting('environments to suggest in the Integration Console', 'none'),
  config: setting("the provisioner's configuration, validated by its schema", '`{}`'),
  options: setting(
    'keys of `config` that an integration user may set for a resource; see [Options](#options)',
    'none',
  ),
} as const satisfies Record<string, ConfigReference>;
