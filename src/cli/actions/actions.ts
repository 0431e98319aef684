/** `drawbridge actions …` */
import type { Command } from 'commander';
import type { ActionAnswer, ActionDetail } from '../../api/actions/action-answer.js';
import { addDeclare } from './actions-declare.js';
import { printAction, printActions, printState } from './actions-print.js';
import { ask, type Query } from '../api/ask.js';
import { addLimits, list, type ListOptions } from '../api/pages.js';
import { addServer, serverOf, type ApiServer, type ServerOptions } from '../api/server.js';
import { EXIT } from '../exit.js';
import { addJson, print, type OutputOptions } from '../print/print.js';
import { plain } from '../print/text.js';
import { Refusal } from '../refusal.js';
import { UUID } from '../../http/paging/uuid.js';

type Filter = Record<
  | 'state'
  | 'outcome'
  | 'action'
  | 'installation'
  | 'resource'
  | 'deployment'
  | 'project'
  | 'gitRef'
  | 'since'
  | 'until',
  string | undefined
>;
type Asking = ServerOptions & OutputOptions;

const ORDERS = {
  retry: 'queue a failed action again, while its deployment still waits',
  release: 'give back what a succeeded action holds',
  cancel: 'fail an action that is under way; the customer reads the reason',
} as const;

/** Adds `actions list|show|retry|release|cancel|declare`. */
export function addActions(program: Command): void {
  const actions = program.command('actions').description('what Vercel waits for, and what became of it');
  addList(actions);
  addServer(addJson(actions.command('show')))
    .description('one action with its audit, its webhooks, its calls to Vercel and what it holds')
    .argument('<id>', 'of the action, or of its deployment')
    .action(async (given: string, options: Asking) => {
      const server = serverOf(options);
      const id = await actionIdOf(server, given);
      print(await ask<ActionDetail>(server, `actions/${id}`, { has: 'transitions' }), options, printAction);
    });
  for (const [order, what] of Object.entries(ORDERS)) addOrder(actions, order, what);
  addDeclare(actions);
}

function addList(actions: Command): void {
  addServer(addLimits(addJson(actions.command('list'))))
    .description('the newest actions; all filters that are given must hold')
    .option('--state <states>', 'one or several, separated by commas: failed,provisioning')
    .option('--outcome <outcomes>', 'succeeded, failed or canceled; several separated by commas')
    .option('--action <slug>', 'as declared at Vercel')
    .option('--installation <id>', 'icfg_…')
    .option('--resource <id>', "the provider's own id")
    .option('--deployment <id>', 'dpl_…')
    .option('--project <name>', "the project's name or id")
    .option('--git-ref <ref>', 'the branch')
    .option('--since <time>', 'created then or later: 2026-01-31 or 2026-01-31T12:00:00Z')
    .option('--until <time>', 'created before')
    .action(async (options: Asking & ListOptions & Filter) => {
      const found = await list<ActionAnswer>(serverOf(options), 'actions', filterOf(options), options);
      print(found, options, printActions);
    });
}

function filterOf(options: Filter): Query {
  const { state, outcome, action, installation, resource, deployment, project, gitRef, since, until } =
    options;
  return { state, outcome, action, installation, resource, deployment, project, gitRef, since, until };
}

function addOrder(actions: Command, order: string, what: string): void {
  addServer(addJson(actions.command(order)))
    .description(`${what}; stands in the audit with your name and the reason`)
    .argument('<id>', 'of the action, or of its deployment')
    .requiredOption('--reason <text>', 'why, in one line')
    .action(async (given: string, options: Asking & { reason: string }) => {
      const server = serverOf(options);
      const id = await actionIdOf(server, given);
      const question = { has: 'id', method: 'POST', body: { reason: options.reason } } as const;
      print(await ask<ActionAnswer>(server, `actions/${id}/${order}`, question), options, printState);
    });
}

/** Operators know a deployment's id from Vercel; ours only from here. */
async function actionIdOf(server: ApiServer, given: string): Promise<string> {
  if (UUID.test(given)) return given;
  const { items } = await list<ActionAnswer>(server, 'actions', { deployment: given }, { limit: 20 });
  const [only, ...others] = items;
  if (only === undefined)
    throw new Refusal(`actions: ${given} is no action's id, and no deployment with an action`, EXIT.refused);
  if (others.length === 0) return only.id;
  const which = items.map(({ id, action }) => `  ${id}  ${plain(action)}`).join('\n');
  throw new Refusal(
    `actions: deployment ${given} has several actions; name one by its id:\n${which}`,
    EXIT.usage,
  );
}
