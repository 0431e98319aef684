import type { Provisioner, ProvisionerPlugin } from './provisioner.js';

const NEEDED = ['provision', 'deprovision'] as const;
const OPTIONAL = ['check', 'list', 'close'] as const;

/**
 * Calls the plugin's `create`. Throws an Error with the plugin's name when it throws or returns no
 * provisioner.
 */
export function create(plugin: ProvisionerPlugin, config: unknown): Provisioner {
  return provisionerOf(plugin.name, callCreate(plugin, config));
}

function callCreate(plugin: ProvisionerPlugin, config: unknown): Provisioner | undefined {
  try {
    return plugin.create(config);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${plugin.name} rejects its configuration: ${reason}`, { cause: error });
  }
}

/**
 * Returns `made` if it is a provisioner. Throws an Error with the names of the plugin and the verb
 * otherwise.
 */
export function provisionerOf(plugin: string, made: Provisioner | undefined): Provisioner {
  if (!made || !NEEDED.every((verb) => isFunction(made[verb])))
    throw new Error(`${plugin}: create must return an object with provision and deprovision`);
  const invalid = OPTIONAL.find((verb) => made[verb] !== undefined && !isFunction(made[verb]));
  if (invalid) throw new Error(`${plugin}: ${invalid} must be a function, or be left out`);
  return made;
}

/** What `check` answers. */
export type CheckResult = Exclude<Awaited<ReturnType<NonNullable<Provisioner['check']>>>, void>;

/** Returns the warnings of `check`, each in one line. */
export function warningsOf(result: void | CheckResult): readonly string[] {
  const warnings: unknown = typeof result === 'object' && result !== null ? result.warnings : undefined;
  return Array.isArray(warnings) ? warnings.map((warning) => String(warning).replaceAll(/\s+/g, ' ')) : [];
}

/** Returns the verbs that the provisioner has. */
export const verbsOf = (one: Provisioner): string[] =>
  [...NEEDED, ...OPTIONAL].filter((verb) => isFunction(one[verb]));

const isFunction = (verb: unknown): boolean => typeof verb === 'function';
