import type { ActionDefinition } from '../../../config/actions-file/action-definition.js';
import type { RuntimeReport } from '../../../boot/runtime.js';
import { unknownOptions } from '../../../provisioner/plugin-config.js';
import { loadPlugin } from '../../../provisioner/plugin-loading.js';
import { checkPlugin, type CheckedConfiguration } from '../../plugin/plugin-check.js';
import { atOnce } from '../../at-once.js';
import { failed, ok, skipped, warning, type Check } from '../check.js';
import { soundActions } from './configuration.js';

const CHECK_MS = 15_000;
const AT_ONCE = 4;

/** Each action's plugin: loaded, its configuration validated, its `check` run. */
export async function checkPlugins(survey: RuntimeReport): Promise<Check[]> {
  const { actions, production } = survey.config;
  const sound = new Set(soundActions(survey));
  return atOnce(AT_ONCE, [...actions.values()], async (action) => {
    if (sound.has(action)) return checkAction(action, production);
    return skipped({ name: 'plugin', subject: action.slug }, 'the actions file is wrong about it');
  });
}

async function checkAction(action: ActionDefinition, production: boolean): Promise<Check> {
  const { slug, provisioner, config } = action;
  const about = { name: 'plugin', subject: slug };
  const cwd = process.cwd();
  const limits = { production, cwd, limitMs: CHECK_MS };
  const checked = await checkPlugin(provisioner, [{ where: `actions.${slug}`, config, issues: [] }], limits);
  if (!checked.ok) return failed(about, checked.message, `install it in ${cwd}, or name another provisioner`);
  const wrong = await strayOptions(action, production);
  if (wrong.length > 0)
    return failed(
      about,
      `actions.${slug}.options: ${wrong.join('; ')}`,
      'mend the options in the actions file',
    );
  return verdictOf(about, checked.report.name, checked.report.configurations[0] as CheckedConfiguration);
}

async function strayOptions({ provisioner, config, options }: ActionDefinition, production: boolean) {
  const loaded = await loadPlugin(provisioner, { production, cwd: process.cwd() });
  return loaded.ok ? unknownOptions(loaded.plugin, config, options) : [];
}

function verdictOf(
  about: { name: string; subject: string },
  plugin: string,
  { valid, issues, check, reason, warnings = [] }: CheckedConfiguration,
): Check {
  if (!valid) {
    const wrong = issues.map(({ path, text }) => `${path}: ${text}`).join('; ');
    return failed(
      about,
      `${plugin}: its configuration is not valid: ${wrong}`,
      'mend it in the actions file',
    );
  }
  if (check === 'failed')
    return failed(
      about,
      `${plugin}: its check failed: ${reason}`,
      'see that what it works with runs and lets it in',
    );
  if (warnings.length > 0)
    return warning(
      about,
      `${plugin} passes its check, with a warning: ${warnings.join('; ')}`,
      'do what the warning says; until then it works as it is',
    );
  return ok(about, `${plugin} ${check === 'none' ? 'has no check' : 'passes its check'}`);
}
