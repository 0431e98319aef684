import type { StandardSchemaV1 } from '@standard-schema/spec';
import { wordsOf } from './plugin.words.js';
import type { LoadedPlugin } from './plugin.loading.js';

export interface Issue {
  readonly path: readonly string[];
  readonly text: string;
}
export type Validated =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Validates by the plugin's own schema. It must answer at once: settings of resources are checked while an action runs, and
 * a look elsewhere belongs into `check` or the verbs.
 */
export function validate(plugin: LoadedPlugin, config: Readonly<Record<string, unknown>>): Validated {
  try {
    return read(plugin, plugin.configSchema['~standard'].validate(config));
  } catch (error) {
    return refuse([], `${plugin.name} cannot validate it: ${wordsOf(error)}`);
  }
}

function read(
  plugin: LoadedPlugin,
  result: StandardSchemaV1.Result<unknown> | Promise<StandardSchemaV1.Result<unknown>>,
): Validated {
  if (result instanceof Promise) {
    result.catch(() => undefined); // nobody waits for it; a schema of zod answers a promise when one of its checks has thrown
    return refuse([], `${plugin.name} validates asynchronously, or its schema throws; neither is supported`);
  }
  if (result.issues === undefined) return { ok: true, value: result.value };
  return { ok: false, issues: result.issues.map(toIssue) };
}

const refuse = (path: string[], text: string): Validated => ({ ok: false, issues: [{ path, text }] });

function toIssue({ path = [], message }: StandardSchemaV1.Issue): Issue {
  return { path: path.map((part) => String(typeof part === 'object' ? part.key : part)), text: message };
}
