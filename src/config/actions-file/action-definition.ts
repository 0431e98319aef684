import { DURATION_FORM, parseDuration } from '../env/duration.js';
import { ACTION_REFERENCE } from '../reference.js';
import { didYouMean } from '../suggest.js';

/** What identifies an allocation: see docs/architecture.md, "Allocations". */
export const SCOPES = ['deployment', 'git-branch'] as const;
export type AllocationScope = (typeof SCOPES)[number];

/** Allocations for commits of a repository other than the project's. */
export const FORKS = ['own', 'deployment', 'refuse'] as const;
export type Forks = (typeof FORKS)[number];

/** The outcome reported for deployments outside the action's environments. */
export const ELSEWHERE = ['succeed', 'fail'] as const;
export type Elsewhere = (typeof ELSEWHERE)[number];

/** One action of actions.yaml: its slug, its provisioner and the provisioner's configuration. */
export interface ActionDefinition {
  /** The slug declared in Vercel's Integration Console. */
  readonly slug: string;
  readonly name: string;
  /** A builtin, or the name of an npm package. */
  readonly provisioner: string;
  readonly scope: AllocationScope;
  /**
   * For pull requests of a fork or of an unknown repository. `own`: one allocation per branch of the fork;
   * `deployment`: one per deployment; `refuse`: the action fails.
   */
  readonly forks: Forks;
  /**
   * The environments in which the action runs: `production`, `preview` or slugs of custom ones. Null: all.
   */
  readonly environments: readonly string[] | null;
  readonly elsewhere: Elsewhere;
  /**
   * Time from the event's `createdAt` until `failed` is reported to Vercel. At most
   * {@link LONGEST_DEADLINE_MS}.
   */
  readonly deadlineMs: number;
  /**
   * Time from success to release, even without a cleanup webhook. Null: kept as long as the deployment
   * exists.
   */
  readonly retainMs: number | null;
  /** Whether `retainMs` also applies to production deployments. */
  readonly retainProduction: boolean;
  /**
   * Time from success to release if the deployment failed or was canceled. Null: kept until the cleanup
   * webhook.
   */
  readonly retainFailedMs: number | null;
  /** Environments to suggest in the Integration Console. */
  readonly suggest: readonly string[];
  /**
   * The plugin's configuration, validated by the plugin's schema. `${NAME}` is already resolved, so it may
   * contain secrets.
   */
  readonly config: Readonly<Record<string, unknown>>;
  /** Keys of `config` that an integration user may set for a resource. */
  readonly options: readonly string[];
}

/** Vercel waits three minutes. The remaining ten seconds are for reporting a failure. */
export const LONGEST_DEADLINE_MS = 170_000;
const LONGEST_RETENTION_MS = 3650 * 86_400_000;
const RETAIN_FAILED_MS = 86_400_000;

type Key = keyof typeof ACTION_REFERENCE;
const KEYS = Object.keys(ACTION_REFERENCE) as Key[];
type Fields = Readonly<Partial<Record<Key, unknown>>>;

/** Receives a problem: its path in the file, and a text that describes a valid value. */
export type ReportOption = (path: string, text: string) => void;

/**
 * Reads the definition at `actions.<slug>`; null if the value is not a mapping. An invalid field gets its
 * default.
 */
export function readAction(
  slug: string,
  value: unknown,
  report: ReportOption,
  resolve: (config: unknown, path: string) => unknown,
): ActionDefinition | null {
  const path = `actions.${slug}`;
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(slug)) {
    report(
      path,
      'a slug has 1 to 63 lower-case letters, digits, "-" or "_", and begins with a letter or a digit',
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report(path, 'must be a mapping with at least the key "provisioner"');
    return null;
  }
  const fields: Fields = value;
  refuseUnknown(fields, path, report);
  const at = (key: Key): [unknown, ReportOption] => [
    fields[key],
    (below, text) => report(`${path}.${key}${below}`, text),
  ];
  return {
    slug,
    name: readName(...at('name')) ?? slug,
    provisioner: readProvisioner(...at('provisioner')),
    scope: readChoice(...at('scope'), SCOPES, 'deployment'),
    forks: readChoice(...at('forks'), FORKS, 'deployment'),
    environments: readEnvironments(...at('environments')),
    elsewhere: readElsewhere(...at('elsewhere'), fields.environments !== undefined),
    deadlineMs: readDeadline(...at('deadline')),
    retainMs: readRetention(...at('retain')),
    retainProduction: readRetainProduction(...at('retainProduction'), fields.retain !== undefined),
    retainFailedMs: readRetainFailed(...at('retainFailed')),
    suggest: readNames(...at('suggest')),
    config: readConfig(...at('config'), (config) => resolve(config, `${path}.config`)),
    options: readNames(...at('options')),
  };
}

function refuseUnknown(fields: Fields, path: string, report: ReportOption): void {
  for (const key of Object.keys(fields)) {
    if (!KEYS.some((known) => known === key)) report(`${path}.${key}`, `unknown key${didYouMean(key, KEYS)}`);
  }
}

function readName(value: unknown, report: ReportOption): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  report('', 'must be a text');
  return null;
}

function readProvisioner(value: unknown, report: ReportOption): string {
  if (typeof value === 'string' && /^\S+$/.test(value)) return value;
  report('', 'must be the name of a builtin provisioner or of an npm package');
  return '';
}

function readChoice<T extends string>(
  value: unknown,
  report: ReportOption,
  choices: readonly T[],
  otherwise: T,
): T {
  const choice = value === undefined ? otherwise : choices.find((known) => known === value);
  if (choice !== undefined) return choice;
  const [first, ...rest] = choices;
  const known = rest.length > 1 ? `none of ${choices.join(', ')}` : `neither ${first} nor ${rest[0]}`;
  report('', `${JSON.stringify(value)} is ${known}${didYouMean(String(value), choices)}`);
  return otherwise;
}

/** Rejects an empty list: an action that runs in no environment is a mistake. */
function readEnvironments(value: unknown, report: ReportOption): string[] | null {
  if (value === undefined) return null;
  const names = readNames(value, report);
  names.forEach((name, index) => {
    if (/[A-Z]/.test(name))
      report(`[${index}]`, 'must be production, preview or the slug of a custom environment, in lower case');
  });
  if (Array.isArray(value) && value.length === 0)
    report('', 'must name at least one environment, such as [preview]; remove the key to run in all');
  return names;
}

function readElsewhere(value: unknown, report: ReportOption, isLimited: boolean): Elsewhere {
  if (value !== undefined && !isLimited) report('', 'has no effect without the key "environments"');
  return readChoice(value, report, ELSEWHERE, 'succeed');
}

function readDeadline(value: unknown, report: ReportOption): number {
  const milliseconds = value === undefined ? LONGEST_DEADLINE_MS : parseDuration(value);
  if (milliseconds !== null && milliseconds > 0 && milliseconds <= LONGEST_DEADLINE_MS) return milliseconds;
  const wrong = milliseconds === null ? `must be ${DURATION_FORM}` : 'must be more than 0 and at most 170s';
  report('', `${JSON.stringify(value)}: ${wrong}, because Vercel waits three minutes`);
  return LONGEST_DEADLINE_MS;
}

function readRetention(value: unknown, report: ReportOption): number | null {
  if (value === undefined) return null;
  const milliseconds = parseDuration(value);
  if (milliseconds !== null && milliseconds > 0 && milliseconds <= LONGEST_RETENTION_MS) return milliseconds;
  const wrong = milliseconds === null ? `must be ${DURATION_FORM}` : 'must be more than 0 and at most 3650d';
  report('', `${JSON.stringify(value)}: ${wrong}`);
  return null;
}

function readRetainProduction(value: unknown, report: ReportOption, retains: boolean): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') report('', `${JSON.stringify(value)} must be true or false`);
  else if (!retains) report('', 'has no effect without the key "retain"');
  return value === true;
}

function readRetainFailed(value: unknown, report: ReportOption): number | null {
  if (value === undefined) return RETAIN_FAILED_MS;
  return value === 'off' ? null : readRetention(value, (path, text) => report(path, `${text}, or off`));
}

function readNames(value: unknown, report: ReportOption): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    report('', 'must be a list of names, such as [preview]');
    return [];
  }
  return value.flatMap((item: unknown, index) => {
    if (typeof item === 'string' && /^\S+$/.test(item)) return [item];
    report(`[${index}]`, 'must be a name');
    return [];
  });
}

function readConfig(
  value: unknown,
  report: ReportOption,
  resolve: (config: unknown) => unknown,
): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return resolve(value) as Record<string, unknown>;
  report('', 'must be a mapping with the configuration of the provisioner');
  return {};
}
