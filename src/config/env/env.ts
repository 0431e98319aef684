import { plainToInstance, Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsUrl, Matches, Max, Min, ValidateBy, validateSync } from 'class-validator';
import type { Problems } from '../problems.js';
import { VARIABLE_REFERENCE, type ConfigReference } from '../reference.js';
import { didYouMean, nearest } from '../suggest.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Lifetime of a session of DATABASE_URL. With `transaction`, a pooler assigns sessions for one transaction.
 */
export const POOLINGS = ['session', 'transaction'] as const;
export type Pooling = (typeof POOLINGS)[number];

export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
const TRACES_EXPORTERS = ['otlp', 'none'];

const OTLP_PROTOCOL = ['http/protobuf'];
const OTLP_HINT = 'the only supported protocol (collectors use port 4318)';
const SWITCH = ['true', 'false'];
const MODES = ['development', 'test', 'production'];
const WEB_URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };
const quoted = (value: unknown): string => JSON.stringify(value);

function oneOf(values: readonly string[]): { message: (args: { value: unknown }) => string } {
  const message = ({ value }: { value: unknown }): string =>
    `${quoted(value)} is none of ${values.join(', ')}${didYouMean(String(value), values)}`;
  return { message };
}

function IsWebUrl(): PropertyDecorator {
  return IsUrl(WEB_URL, {
    message: ({ value }) =>
      `${quoted(value)} is not an http or https URL, such as https://drawbridge.example.com`,
  });
}

/** Validates a URL for `pg`. The message does not quote the value because it contains a password. */
function IsPostgresUrl(): PropertyDecorator {
  return ValidateBy(
    { name: 'isPostgresUrl', validator: { validate: isPostgresUrl } },
    { message: 'must be postgres://user:password@host:port/database' },
  );
}

function isPostgresUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  return ['postgres:', 'postgresql:'].includes(new URL(value).protocol);
}

function IsOtlpProtocol(): PropertyDecorator {
  return IsIn(OTLP_PROTOCOL, {
    message: ({ value }) => `${quoted(value)} is not http/protobuf, ${OTLP_HINT}`,
  });
}

/** Validates a count or a time in milliseconds. */
function IsPositiveInteger(): PropertyDecorator {
  return ValidateBy(
    { name: 'isPositiveInteger', validator: { validate: (value) => Number.isInteger(value) && value > 0 } },
    { message: ({ value }) => `${quoted(value)} is not a whole number above 0` },
  );
}

/** Converts digits only: `Number('')` and `Number('0x50')` would be numbers too. */
const toInteger = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;

/**
 * The variables that Drawbridge reads, unparsed. An empty variable counts as unset, except for ROLES: a
 * process without a role is a mistake. `roles.ts` and `secrets.ts` parse lists and secrets.
 */
export class EnvironmentVariables {
  @IsOptional()
  @IsIn(MODES, oneOf(MODES))
  NODE_ENV?: string;

  @IsOptional()
  @Transform(toInteger)
  @Min(0, { message: ({ value }) => `${quoted(value)} is not a port number from 0 to 65535` })
  @Max(65535, { message: ({ value }) => `${quoted(value)} is not a port number from 0 to 65535` })
  @IsInt({ message: ({ value }) => `${quoted(value)} is not a port number from 0 to 65535` })
  PORT?: number;

  @IsOptional()
  @Matches(/^[A-Za-z0-9.:_-]+$/, {
    message: ({ value }) => `${quoted(value)} is not a host name or an address`,
  })
  HOST?: string;

  ROLES?: string;

  @IsOptional()
  @IsPostgresUrl()
  DATABASE_URL?: string;

  @IsOptional()
  @IsPostgresUrl()
  DATABASE_DIRECT_URL?: string;

  @IsOptional()
  @IsIn(POOLINGS, oneOf(POOLINGS))
  DATABASE_POOLING?: Pooling;

  VERCEL_CLIENT_SECRET?: string;

  @IsOptional()
  @Matches(/^\S+$/, { message: 'must be the integration id (oac_…) of the Integration Console' })
  VERCEL_INTEGRATION_ID?: string;

  @IsOptional()
  @IsWebUrl()
  VERCEL_API_URL?: string;

  @IsOptional()
  @IsWebUrl()
  VERCEL_MARKETPLACE_ISSUER?: string;

  @IsOptional()
  @IsWebUrl()
  VERCEL_MARKETPLACE_JWKS_URL?: string;

  ACTIONS_FILE?: string;

  ENCRYPTION_KEYS?: string;

  OPERATOR_TOKENS?: string;

  @IsOptional()
  @IsWebUrl()
  OPERATOR_OIDC_ISSUER?: string;

  OPERATOR_OIDC_AUDIENCE?: string;

  OPERATOR_OIDC_CLIENT_ID?: string;

  @IsOptional()
  @Matches(/^(?=(.* )?openid( |$))[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
    message: ({ value }) =>
      `${quoted(value)} is not a list of scopes with openid, separated by single spaces`,
  })
  OPERATOR_OIDC_SCOPE?: string;

  OPERATOR_OIDC_ROLE_CLAIM?: string;

  OPERATOR_OIDC_ROLES?: string;

  OPERATOR_OIDC_INSTALLATIONS_CLAIM?: string;

  @IsOptional()
  @IsWebUrl()
  PUBLIC_URL?: string;

  RETENTION_DELIVERIES?: string;

  RETENTION_ACTIONS?: string;

  @IsOptional()
  @IsIn(LOG_LEVELS, oneOf(LOG_LEVELS))
  LOG_LEVEL?: LogLevel;

  @IsOptional()
  @IsIn(TRACES_EXPORTERS, oneOf(TRACES_EXPORTERS))
  OTEL_TRACES_EXPORTER?: string;

  @IsOptional()
  @IsWebUrl()
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @IsOptional()
  @IsWebUrl()
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string;

  @IsOptional()
  @IsOtlpProtocol()
  OTEL_EXPORTER_OTLP_PROTOCOL?: string;

  @IsOptional()
  @IsOtlpProtocol()
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL?: string;

  OTEL_EXPORTER_OTLP_HEADERS?: string;

  OTEL_EXPORTER_OTLP_TRACES_HEADERS?: string;

  OTEL_SERVICE_NAME?: string;

  OTEL_RESOURCE_ATTRIBUTES?: string;

  @IsOptional()
  @IsIn(SAMPLERS, oneOf(SAMPLERS))
  OTEL_TRACES_SAMPLER?: (typeof SAMPLERS)[number];

  @IsOptional()
  @Matches(/^(0(\.\d+)?|1(\.0+)?)$/, {
    message: ({ value }) => `${quoted(value)} is not a share from 0 to 1, such as 0.1`,
  })
  OTEL_TRACES_SAMPLER_ARG?: string;

  @IsOptional()
  @Transform(toInteger)
  @IsPositiveInteger()
  OTEL_BSP_SCHEDULE_DELAY?: number;

  @IsOptional()
  @Transform(toInteger)
  @IsPositiveInteger()
  OTEL_BSP_EXPORT_TIMEOUT?: number;

  @IsOptional()
  @Transform(toInteger)
  @IsPositiveInteger()
  OTEL_BSP_MAX_QUEUE_SIZE?: number;

  @IsOptional()
  @Transform(toInteger)
  @IsPositiveInteger()
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE?: number;

  @IsOptional()
  @Transform(({ value }) => (typeof value === 'string' ? value.toLowerCase() : value))
  @IsIn(SWITCH, oneOf(SWITCH))
  OTEL_SDK_DISABLED?: string;
}

/** The names of all variables, in the order of the documentation. */
export const VARIABLES = Object.keys(
  VARIABLE_REFERENCE satisfies Record<keyof EnvironmentVariables, ConfigReference>,
) as (keyof EnvironmentVariables)[];

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables of Drawbridge. An invalid variable keeps its raw value, so the caller must check
 * `problems`.
 */
export function readEnvironment(env: Environment, problems: Problems): EnvironmentVariables {
  const ours = VARIABLES.filter((name) => name === 'ROLES' || env[name] !== '');
  const present = ours.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name].trim()]]));
  const variables = plainToInstance(EnvironmentVariables, Object.fromEntries(present));
  for (const { property, constraints } of validateSync(variables, { stopAtFirstError: true })) {
    problems.add('environment', property, Object.values(constraints ?? {}).join('; '));
  }
  return variables;
}

/**
 * Returns a sentence for each variable whose name looks like a typing error. `used`: names that actions.yaml
 * reads.
 */
export function mistypedVariables(env: Environment, used: ReadonlySet<string>): string[] {
  const known: readonly string[] = VARIABLES;
  return Object.keys(env).flatMap((name) => {
    if (known.includes(name) || used.has(name)) return [];
    const meant = nearest(name, known);
    if (meant === null || env[meant] !== undefined) return [];
    return [`environment: Drawbridge does not read ${name}: did you mean ${meant}?`];
  });
}
