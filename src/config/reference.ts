/** What the documentation says of one setting; texts are Markdown. */
export interface ConfigReference {
  readonly meaning: string;
  /** What holds when it is not set; empty when that is said in `meaning`, or nothing holds. */
  readonly otherwise: string;
}

const setting = (meaning: string, otherwise = ''): ConfigReference => ({ meaning, otherwise });

/** Every environment variable that Drawbridge reads, in the order in which people read about them. */
export const VARIABLE_REFERENCE = {
  NODE_ENV: setting('`development`, `test` or `production`; see [Production](#production)', '`development`'),
  PORT: setting('port to listen on; 0 takes a free one', '`3000`'),
  HOST: setting('address to listen on', '`0.0.0.0`'),
  ROLES: setting(
    'what this process does: `web` (answers requests), `worker` (moves actions on), or both',
    '`web,worker`',
  ),
  DATABASE_URL: setting(
    'PostgreSQL 15 or later: `postgres://user:password@host:port/database`',
    'embedded, see below',
  ),
  DATABASE_DIRECT_URL: setting(
    'leads to PostgreSQL itself where `DATABASE_URL` leads through a pooler: for notifications and `migrate`; see [poolers](operations.md#poolers)',
    '`DATABASE_URL`',
  ),
  DATABASE_POOLING: setting(
    '`transaction` where a pooler lends the sessions of `DATABASE_URL` for one transaction; `session` otherwise',
    '`session`',
  ),
  VERCEL_CLIENT_SECRET: setting(
    "the integration's client secret, which signs webhooks; comma-separated while one is rotated",
    'made, see below',
  ),
  VERCEL_INTEGRATION_ID: setting(
    "`oac_…`, the audience that Vercel's tokens must name; without it the partner API trusts nobody",
  ),
  VERCEL_API_URL: setting("Vercel's API", '`https://api.vercel.com`'),
  VERCEL_MARKETPLACE_ISSUER: setting(
    'who issues the tokens of partner API calls',
    '`https://marketplace.vercel.com`',
  ),
  VERCEL_MARKETPLACE_JWKS_URL: setting(
    'the keys that sign them',
    '`https://marketplace.vercel.com/.well-known/jwks`',
  ),
  ACTIONS_FILE: setting('the actions file, relative to the working directory', '`config/actions.yaml`'),
  ENCRYPTION_KEYS: setting(
    '`id:base64(32 bytes)`, comma-separated: the first encrypts, all decrypt',
    'made, see below',
  ),
  OPERATOR_TOKENS: setting(
    '`name:role:sha256hex`, comma-separated; role `viewer`, `operator` or `admin`; a fourth part, `:icfg_a+icfg_b`, limits the token to these installations',
    'made, see below',
  ),
  OPERATOR_OIDC_ISSUER: setting(
    'exactly what `iss` of the tokens says; its keys are found through `/.well-known/openid-configuration` below it',
    'no identity provider',
  ),
  OPERATOR_OIDC_AUDIENCE: setting('what `aud` of the tokens must hold; required with the issuer'),
  OPERATOR_OIDC_ROLES: setting(
    '`claim value=role`, comma-separated, such as `drawbridge-admins=admin,engineers=viewer`; required with the issuer',
  ),
  OPERATOR_OIDC_ROLE_CLAIM: setting(
    'the claim that holds these values, as a text or a list of texts: its name, or a dotted path such as `realm_access.roles`',
    '`roles`',
  ),
  OPERATOR_OIDC_INSTALLATIONS_CLAIM: setting(
    'a claim (name or path) that limits the token to the installations it lists. Set, a token without it sees nothing; `*` in it means all',
    'none is limited',
  ),
  OPERATOR_OIDC_CLIENT_ID: setting(
    'the public client (authorization code with PKCE) with which the console signs people in',
    'the console takes none',
  ),
  OPERATOR_OIDC_SCOPE: setting('what the console asks for; must hold `openid`', '`openid profile email`'),
  PUBLIC_URL: setting(
    "where people reach Drawbridge; the base of each deployment's `statusUrl`",
    'no `statusUrl`',
  ),
  RETENTION_DELIVERIES: setting(
    'how long deliveries are kept, such as `30d`; at least `2d`; see [Retention](#retention)',
    'for ever',
  ),
  RETENTION_ACTIONS: setting('how long finished actions are kept after they were; at least `2d`', 'for ever'),
  LOG_LEVEL: setting('`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`', '`info`'),
  OTEL_TRACES_EXPORTER: setting(
    '`otlp` or `none`',
    '`otlp` when an endpoint is set, else `none`: no traces are made',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    'a collector that takes OTLP over HTTP, such as `http://otel-collector:4318`; `/v1/traces` is added',
    '`http://localhost:4318` with `OTEL_TRACES_EXPORTER=otlp`',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: setting(
    'the whole address for traces, nothing is added',
    'from the one above',
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: setting('`http/protobuf`, nothing else is built in', '`http/protobuf`'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: setting('the same for traces alone', 'as the one above'),
  OTEL_EXPORTER_OTLP_HEADERS: setting(
    '`name=value`, comma-separated, percent-encoded: what the collector asks for, such as a token; a secret',
    'none',
  ),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: setting('the same for traces alone', 'as the ones above'),
  OTEL_SERVICE_NAME: setting('`service.name` of all spans', '`drawbridge`'),
  OTEL_RESOURCE_ATTRIBUTES: setting(
    'further attributes of the process, such as `deployment.environment.name=production`',
    'none',
  ),
  OTEL_TRACES_SAMPLER: setting(
    '`always_on`, `always_off`, `traceidratio`, or one of these after `parentbased_`; see [Sampling](tracing.md#sampling)',
    '`parentbased_always_on`',
  ),
  OTEL_TRACES_SAMPLER_ARG: setting('the share that `traceidratio` keeps, from 0 to 1', '1'),
  OTEL_BSP_SCHEDULE_DELAY: setting('milliseconds that spans are gathered before they are sent', '`5000`'),
  OTEL_BSP_EXPORT_TIMEOUT: setting('milliseconds that sending a batch may take', '`30000`'),
  OTEL_BSP_MAX_QUEUE_SIZE: setting('spans that may wait; more of them are dropped', '`2048`'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: setting('spans in one batch', '`512`'),
  OTEL_SDK_DISABLED: setting('`true`: no traces, whatever else is set', '`false`'),
} as const satisfies Record<string, ConfigReference>;

/** Variables whose value must be kept from others. */
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
    'a builtin (one of [these](provisioners/README.md), or `memory`), or the name of an npm package; required',
  ),
  name: setting('what people read', 'the slug'),
  scope: setting(
    '`deployment`: each deployment gets a thing of its own; `git-branch`: all of one git branch share one',
    '`deployment`',
  ),
  forks: setting(
    'what a pull request from another repository gets: `deployment`: one per deployment; `own`: one per branch of that fork; `refuse`: the action fails; see [Forks](#forks)',
    '`deployment`',
  ),
  environments: setting(
    'the environments that are served: `production`, `preview`, or the slug of a custom one; see [Environments](#environments)',
    'all',
  ),
  elsewhere: setting(
    'what Vercel is told in another environment: `succeed`: the deployment goes on with the variables of its project; `fail`: it fails',
    '`succeed`',
  ),
  deadline: setting(
    "from the event's `createdAt` until Vercel is told `failed`; at most `170s`, because Vercel waits three minutes",
    '`170s`',
  ),
  retain: setting(
    'give a success back this long after it, even if no cleanup comes; at most `3650d`; see [Lifetime](#lifetime)',
    'as long as its deployment is there',
  ),
  retainProduction: setting('whether `retain` holds for production deployments as well', '`false`'),
  retainFailed: setting(
    'how long after success to release what is held for a deployment that has failed or was canceled at Vercel, such as `1h`; `off`: not before its cleanup comes',
    '`1d`',
  ),
  suggest: setting('environments to suggest in the Integration Console', 'none'),
  config: setting('what the provisioner asks for, checked by its own schema', '`{}`'),
  options: setting(
    'keys of `config` that an integration user may set for a resource; see [Options](#options)',
    'none',
  ),
} as const satisfies Record<string, ConfigReference>;
