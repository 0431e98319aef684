import { isBuiltin } from 'node:module';
import { BUILTIN_NAMES } from '../../provisioner/plugin-loading.js';

/** The names of a plugin: for the package `@acme/bucket`, plugin and folder are named `acme-bucket`. */
export type PluginName =
  | { readonly ok: true; readonly packageName: string; readonly pluginName: string }
  | { readonly ok: false; readonly message: string };

const LONGEST = 214;

/** Checks a name by the rules for npm packages and for plugins. */
export function pluginNameOf(packageName: string): PluginName {
  const refuse = (why: string): PluginName => ({ ok: false, message: `"${packageName}" ${why}` });
  if (packageName.length > LONGEST) return refuse(`is longer than npm allows (${LONGEST} characters)`);
  const parts = /^(?:@([a-z][a-z0-9-]*)\/)?([a-z][a-z0-9-]*)$/.exec(packageName);
  if (!parts)
    return refuse(
      'is not a valid name: use lower-case letters, digits and dashes, beginning with a letter, with or ' +
        'without @scope/',
    );
  const [, scope, name = ''] = parts;
  if (scope !== undefined) return { ok: true, packageName, pluginName: `${scope}-${name}` };
  if (BUILTIN_NAMES.includes(name)) return refuse('is the name of a builtin, which would be loaded instead');
  if (isBuiltin(name)) return refuse('is the name of a Node.js module, which npm rejects');
  if (name === 'drawbridge') return refuse('is the name of Drawbridge');
  return { ok: true, packageName, pluginName: name };
}
