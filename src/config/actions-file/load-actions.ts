// For the command line: reads the parts of the configuration that need none of the server's secrets.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import type { ActionDefinition } from './action-definition.js';
import { isMapping, readActionsFile } from './actions-file.js';
import type { Environment } from '../env/env.js';
import { resolvePlaceholders } from './placeholders.js';
import { Problems, type ConfigProblem } from '../problems.js';

export const DEFAULT_ACTIONS_FILE = 'config/actions.yaml';

export interface LoadedActions {
  /** The name of the file in problems. */
  readonly source: string;
  readonly actions: ReadonlyMap<string, ActionDefinition>;
  readonly problems: readonly ConfigProblem[];
}

export interface LoadedConfig {
  readonly config: Readonly<Record<string, unknown>>;
  /** Unresolved placeholders, with their paths in the configuration. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the actions.yaml that a server started in `cwd` with this environment would read. Throws nothing: see
 * `problems`.
 */
export function loadActions(
  environment: Environment = process.env,
  cwd: string = process.cwd(),
): LoadedActions {
  const problems = new Problems();
  const source = environment['ACTIONS_FILE'] || DEFAULT_ACTIONS_FILE;
  const actions = readActionsFile(resolve(cwd, source), source, lookUpIn(environment), problems);
  return { source, actions, problems: problems.all };
}

/**
 * Reads a provisioner's `config` from a YAML or JSON file. Resolves `${NAME}` as in actions.yaml.
 *
 * @throws Error if the file does not exist or does not contain a mapping
 */
export function loadProvisionerConfig(file: string, environment: Environment = process.env): LoadedConfig {
  const text = readFileSync(file, 'utf8');
  return fillIn(
    parsed(() => parse(text), 'YAML or JSON'),
    environment,
  );
}

/** Like {@link loadProvisionerConfig}, but parses JSON text. */
export function parseProvisionerConfig(text: string, environment: Environment = process.env): LoadedConfig {
  return fillIn(
    parsed(() => JSON.parse(text), 'JSON'),
    environment,
  );
}

/** True if the environment selects production mode. */
export function isProduction(environment: Environment = process.env): boolean {
  return environment['NODE_ENV'] === 'production';
}

/** Parses without repeating the parser's message, which quotes the input and so could leak a password. */
function parsed(parser: () => unknown, format: string): unknown {
  try {
    return parser();
  } catch {
    throw new Error(`is not ${format}`);
  }
}

function fillIn(value: unknown, environment: Environment): LoadedConfig {
  if (!isMapping(value)) throw new Error('must be a mapping of keys and values');
  const problems = new Problems();
  const config = resolvePlaceholders(value, 'config', lookUpIn(environment), (path, text) =>
    problems.add('', path, text),
  );
  return { config: config as Record<string, unknown>, problems: problems.all };
}

const lookUpIn = (environment: Environment) => (name: string) => environment[name] || undefined;
