import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { didYouMean } from './builtin/closest.js';
import { errorText } from '../errors/error-text.js';
import type { LoadedPlugin } from './plugin-loading.js';

export interface ConfigIssue {
  readonly path: readonly string[];
  readonly text: string;
}
export type Validated =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly ConfigIssue[] };

/**
 * Validates by the plugin's own schema. It must answer at once: settings of resources are checked while an action runs, and
 * a look elsewhere belongs into `check` or the verbs.
 */
export function validate(plugin: LoadedPlugin, config: Readonly<Record<string, unknown>>): Validated {
  try {
    return toValidated(plugin, plugin.configSchema['~standard'].validate(config));
  } catch (error) {
    return invalid([], `${plugin.name} failed to validate it: ${errorText(error)}`);
  }
}

function toValidated(
  plugin: LoadedPlugin,
  result: StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>>,
): Validated {
  if (result instanceof Promise) {
    result.catch(() => undefined); // nobody waits for it; a schema of zod answers a promise when one of its checks has thrown
    return invalid([], `${plugin.name} validates asynchronously, or its schema throws; neither is supported`);
  }
  if (result.issues === undefined) return { ok: true, value: result.value };
  return { ok: false, issues: result.issues.map(toIssue) };
}

const invalid = (path: string[], text: string): Validated => ({ ok: false, issues: [{ path, text }] });

export function toIssue({ path = [], message }: StandardSchemaV1.Issue): ConfigIssue {
  return { path: path.map((part) => String(typeof part === 'object' ? part.key : part)), text: message };
}

/**
 * What is wrong with `options`: names that are no key of the plugin's configuration. Known only of a schema that can tell its keys as JSON
 * Schema (zod's can), and only where it refuses or drops the key as well; of any other schema nothing is said.
 */
export function unknownOptions(
  plugin: LoadedPlugin,
  config: Readonly<Record<string, unknown>>,
  options: readonly string[],
): string[] {
  const keys = keysOf(plugin);
  if (keys === null) return [];
  const unknown = options.filter((option) => !keys.includes(option) && !acceptsKey(plugin, config, option));
  return unknown.map(
    (option) => `"${option}" is no key of ${plugin.name}'s config${didYouMean(option, keys)}`,
  );
}

function acceptsKey(plugin: LoadedPlugin, config: Readonly<Record<string, unknown>>, key: string): boolean {
  const tried = validate(plugin, { ...config, [key]: key });
  return tried.ok && Object.hasOwn(Object(tried.value) as object, key);
}

function keysOf({ configSchema }: LoadedPlugin): string[] | null {
  const { jsonSchema } = configSchema['~standard'] as Partial<StandardJSONSchemaV1.Props>;
  try {
    const { properties } = jsonSchema?.input({ target: 'draft-2020-12' }) ?? {};
    return typeof properties === 'object' && properties !== null ? Object.keys(properties) : null;
  } catch {
    return null; // it holds what JSON Schema has no word for: its keys are not known, as of a schema that tells none
  }
}
