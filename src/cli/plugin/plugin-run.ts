// Implements `drawbridge plugin new` and `plugin check`.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import {
  isProduction,
  loadActions,
  loadProvisionerConfig,
  parseProvisionerConfig,
  type LoadedConfig,
} from '../../config/actions-file/load-actions.js';
import { ConfigError, type ConfigProblem } from '../../config/problems.js';
import { checkPlugin, type Candidate, type PluginReport } from './plugin-check.js';
import { pluginNameOf } from './plugin-name.js';
import { writePlugin } from './plugin-new.js';
import { EXIT } from '../exit.js';
import { CommandError } from '../command-error.js';

export interface NewOptions {
  readonly dir?: string;
  readonly drawbridge?: string;
}

export interface CheckOptions {
  readonly config?: string;
  readonly configJson?: string;
  readonly json?: true;
}

export async function makeNew(
  name: string,
  { dir, drawbridge }: NewOptions,
  command: Command,
): Promise<void> {
  const named = pluginNameOf(name);
  if (!named.ok) return command.error(`plugin new: ${named.message}`);
  const cwd = process.cwd();
  const folder = resolve(cwd, dir ?? named.pluginName);
  const files = await writePlugin({ ...named, folder, drawbridge, cwd }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      return command.error(`plugin new: ${folder} already exists; choose another folder with --dir`);
    if (code === undefined) throw error;
    throw new CommandError(`plugin new: ${folder} cannot be written (${code})`, EXIT.found, { cause: error });
  });
  writeLine(`${name}: written to ${folder}`);
  for (const file of files) writeLine(`  ${file}`);
  writeLine(`next: cd ${dir ?? named.pluginName} && npm install && npm test`);
}

export async function check(name: string, options: CheckOptions, command: Command): Promise<void> {
  const candidates = candidatesOf(name, options, command);
  const result = await checkPlugin(name, candidates, { production: isProduction(), cwd: process.cwd() });
  // Exits even if a plugin leaves a handle open.
  setTimeout(() => process.exit(), 500).unref();
  if (!result.ok) {
    if (options.json) writeLine(JSON.stringify({ provisioner: name, error: result.message }, null, 2));
    else process.stderr.write(`${result.message}\n`);
    process.exitCode = 1;
    return;
  }
  writeLine(options.json ? JSON.stringify(result.report, null, 2) : formatReport(result.report));
  const { configurations } = result.report;
  if (configurations.some(({ valid, check }) => !valid || check === 'failed')) process.exitCode = 1;
}

function candidatesOf(name: string, { config, configJson }: CheckOptions, command: Command): Candidate[] {
  try {
    if (config !== undefined) return [candidateOf(config, loadProvisionerConfig(config))];
    if (configJson !== undefined) return [candidateOf('--config-json', parseProvisionerConfig(configJson))];
  } catch (error) {
    return command.error(`plugin check: ${config ?? '--config-json'}: ${(error as Error).message}`);
  }
  return candidatesOfActions(name, command);
}

const candidateOf = (where: string, { config, problems }: LoadedConfig): Candidate => ({
  where,
  config,
  issues: problems,
});

/** Returns the configurations of the actions that use the plugin. Ignores problems of other actions. */
function candidatesOfActions(name: string, command: Command): Candidate[] {
  const { source, actions, problems } = loadActions();
  const below = (slug: string) => (problem: ConfigProblem) =>
    `${problem.path}.`.startsWith(`actions.${slug}.`);
  const ofFile = problems.filter((problem) => ![...actions.keys()].some((slug) => below(slug)(problem)));
  if (ofFile.length > 0)
    return command.error(
      `plugin check: ${new ConfigError(ofFile).message}
or pass --config or --config-json`,
    );
  const used = [...actions.values()].filter(({ provisioner }) => provisioner === name);
  if (used.length === 0)
    return command.error(
      `plugin check: no action of ${source} uses ${name}; pass a configuration with --config or ` +
        `--config-json`,
    );
  return used.map(({ slug, config }) => ({
    where: `actions.${slug}`,
    config,
    issues: problems
      .filter(below(slug))
      .map(({ path, text }) => ({ path: path.slice(`actions.${slug}.`.length), text })),
  }));
}

function formatReport({ name, apiVersion, verbs, configurations }: PluginReport): string {
  const known =
    verbs === null ? 'verbs are known only with a valid configuration' : `verbs ${verbs.join(', ')}`;
  return [`${name}: api version ${apiVersion}; ${known}`, ...configurations.flatMap(lines)].join('\n');
}

function lines(checked: PluginReport['configurations'][number]): string[] {
  const { where, valid, issues, check, reason, warnings = [] } = checked;
  if (!valid) return issues.map(({ path, text }) => `${where}: ${path}: ${text}`);
  const outcome = {
    passed: 'check passed',
    none: 'the plugin has no check',
    failed: `check failed: ${reason}`,
    skipped: '',
  };
  return [
    `${where}: the configuration is valid; ${outcome[check]}`,
    ...warnings.map((warning) => `${where}: warning: ${warning}`),
  ];
}

const writeLine = (text: string): void => void process.stdout.write(`${text}\n`);
