import type { ActionDefinition } from '../../../config/actions-file/action-definition.js';
import type { RuntimeReport } from '../../../boot/runtime.js';
import { CHECK_LIMIT_MS } from '../../../provisioner/limits.js';
import { unknownOptions } from '../../../provisioner/plugin-config.js';
import { loadPlugin } from '../../../provisioner/plugin-loading.js';
import { checkPlugin, type CheckedConfiguration } from '../../plugin/plugin-check.js';
import { failed, ok, skipped, warning, type Check } from '../check.js';
import { validActions } from './configuration.js';
import { mapConcurrently } from '../../map-concurrently.js';

const CONCURRENCY = 4;

/** Checks the plugin of each action: loads it, validates the configuration and runs its `check`. */
export async function checkPlugins(runtime: RuntimeReport): Promise<Check[]> {
  const { actions, production } = runtime.config;
  const valid = new Set(validActions(runtime));
  return mapConcurrently(CONCURRENCY, [...actions.values()], async (action) => {
    if (valid.has(action)) return checkAction(action, production);
    return skipped({ name: 'plugin', subject: action.slug }, 'the actions file has a problem in this action');
  });
}

async function checkAction(action: ActionDefinition, production: boolean): Promise<Check> {
  const { slug, provisioner, config } = action;
  const about = { name: 'plugin', subject: slug };
  const cwd = process.cwd();
  const limits = { production, cwd, limitMs: CHECK_LIMIT_MS };
  const checked = await checkPlugin(provisioner, [{ where: `actions.${slug}`, config, issues: [] }], limits);
  if (!checked.ok) return failed(about, checked.message, `install it in ${cwd}, or name another provisioner`);
  const wrong = await unknownOptionsOf(action, production);
  if (wrong.length > 0)
    return failed(
      about,
      `actions.${slug}.options: ${wrong.join('; ')}`,
      'fix the options in the actions file',
    );
  return resultOf(about, checked.report.name, checked.report.configurations[0] as CheckedConfiguration);
}

async function unknownOptionsOf({ provisioner, config, options }: ActionDefinition, production: boolean) {
  const loaded = await loadPlugin(provisioner, { production, cwd: process.cwd() });
  return loaded.ok ? unknownOptions(loaded.plugin, config, options) : [];
}

function resultOf(
  about: { name: string; subject: string },
  plugin: string,
  { valid, issues, check, reason, warnings = [] }: CheckedConfiguration,
): Check {
  if (!valid) {
    const wrong = issues.map(({ path, text }) => `${path}: ${text}`).join('; ');
    return failed(about, `${plugin}: the configuration is invalid: ${wrong}`, 'fix it in the actions file');
  }
  if (check === 'failed')
    return failed(
      about,
      `${plugin}: the check failed: ${reason}`,
      'check that the backend is running and accepts the credentials',
    );
  if (warnings.length > 0)
    return warning(
      about,
      `${plugin} passes its check, with a warning: ${warnings.join('; ')}`,
      'follow the warning; the plugin works until then',
    );
  return ok(about, `${plugin} ${check === 'none' ? 'has no check' : 'passes its check'}`);
}
