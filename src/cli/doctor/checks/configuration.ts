import type { ActionDefinition } from '../../../config/actions-file/action-definition.js';
import type { Config } from '../../../config/config.js';
import type { ConfigProblem } from '../../../config/problems.js';
import type { RuntimeReport } from '../../../boot/runtime.js';
import { failed, ok, warning, type Check } from '../check.js';

const SETTINGS = 'environment';

/** Checks the environment, the actions file, the operators and the public address. */
export function checkConfiguration({ config, problems }: RuntimeReport): Check[] {
  const [ofEnvironment, ofFile] = [
    problems.filter(({ source }) => source === SETTINGS),
    problems.filter(({ source }) => source !== SETTINGS),
  ];
  return [
    ...environmentOf(ofEnvironment, config),
    ...actionsOf(ofFile, config),
    operatorsOf(config),
    publicUrlOf(config),
  ];
}

/** True if the variable has an invalid value. */
export const isBroken = ({ problems }: RuntimeReport, variable: string): boolean =>
  problems.some(({ source, path }) => source === SETTINGS && path.startsWith(variable));

/** Returns the actions without a problem. */
export function validActions({ config, problems }: RuntimeReport): ActionDefinition[] {
  const isValid = ({ slug }: ActionDefinition) =>
    !problems.some(({ path }) => `${path}.`.startsWith(`actions.${slug}.`));
  return [...config.actions.values()].filter(isValid);
}

function environmentOf(problems: readonly ConfigProblem[], { warnings }: Config): Check[] {
  const advice = 'fix the environment; docs/configuration.md lists all variables';
  const found = [
    ...problems.map(({ path, text }) => failed({ name: SETTINGS }, `${path} ${text}`, advice)),
    ...warnings.map((text) => warning({ name: SETTINGS }, text, 'rename or remove the variable')),
  ];
  return found.length > 0 ? found : [ok({ name: SETTINGS }, 'all variables are valid')];
}

function actionsOf(problems: readonly ConfigProblem[], { actions }: Config): Check[] {
  const advice = 'fix the file; docs/configuration.md lists all keys';
  if (problems.length > 0)
    return problems.map(({ source, path, text }) =>
      failed({ name: 'actions' }, `${[source, path].filter(Boolean).join(': ')}: ${text}`, advice),
    );
  return [ok({ name: 'actions' }, `${actions.size} action(s): ${[...actions.keys()].join(', ')}`)];
}

function operatorsOf({ operatorTokens, production }: Config): Check {
  const about = { name: 'operators' };
  const acting = operatorTokens.filter(({ role }) => role !== 'viewer');
  if (acting.length > 0)
    return ok(about, `${operatorTokens.length} token(s), ${acting.length} of them may run commands`);
  const advice = 'add an entry name:operator:sha256hex to OPERATOR_TOKENS';
  if (operatorTokens.length > 0)
    return warning(about, 'every token of OPERATOR_TOKENS has the role viewer', advice);
  const message = 'OPERATOR_TOKENS is empty';
  return production ? failed(about, message, advice) : warning(about, message, advice);
}

function publicUrlOf({ publicUrl, production }: Config): Check {
  const about = { name: 'public-url' };
  const advice = 'set PUBLIC_URL to the public https address of Drawbridge';
  if (publicUrl === null)
    return warning(about, 'PUBLIC_URL is not set: deployments get no statusUrl', advice);
  if (!URL.canParse(publicUrl)) return failed(about, 'PUBLIC_URL is not a URL', advice);
  const { protocol, hostname, username, search, hash } = new URL(publicUrl);
  if (username !== '' || search !== '' || hash !== '')
    return failed(
      about,
      'PUBLIC_URL contains a user name, a query or a fragment, which every user who deploys would see',
      advice,
    );
  const local = /^(localhost|127\.|0\.0\.0\.0|\[::1?\])/.test(hostname);
  if (production && local)
    return failed(about, `PUBLIC_URL is ${hostname}, which other machines cannot reach`, advice);
  if (production && protocol !== 'https:') return warning(about, 'PUBLIC_URL is not an https URL', advice);
  return ok(about, `the public address is ${publicUrl}`);
}
