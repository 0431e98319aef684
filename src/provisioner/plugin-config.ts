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
 * Validates with the plugin's schema, which must be synchronous: a resource's settings are validated while an
 * action runs. A plugin queries its backend in `check` or the verbs.
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
    result.catch(() => undefined); // Not awaited. zod returns a promise when one of its checks threw.
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
 * Returns the problems of `options`: names that are not keys of the plugin's configuration. Needs a schema
 * that converts to JSON Schema (zod's does) and that rejects or drops the key as well. Returns none for any
 * other schema.
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
    (option) => `"${option}" is not a key of ${plugin.name}'s config${didYouMean(option, keys)}`,
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
    return null; // JSON Schema cannot express the schema, so its keys are unknown.
  }
}
