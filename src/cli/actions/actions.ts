/** `drawbridge actions …` */
import type { Command } from 'commander';
import type { ActionAnswer, ActionDetail } from '../../api/actions/action-answer.js';
import { addDeclare } from './actions-declare.js';
import { printAction, printActions, printCommandResult } from './actions-print.js';
import { request, type Query } from '../api/request.js';
import { addLimits, list, type ListOptions } from '../api/pages.js';
import { addServer, serverOf, type ApiServer, type ServerOptions } from '../api/server.js';
import { EXIT } from '../exit.js';
import { addJson, print, type OutputOptions } from '../print/print.js';
import { plain } from '../print/text.js';
import { CommandError } from '../command-error.js';
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
type Options = ServerOptions & OutputOptions;

const COMMANDS = {
  retry: 'run a failed action again while its deployment still waits',
  release: 'release what a succeeded action holds',
  cancel: 'end an action in progress as failed; the reason is shown to the customer',
} as const;

/** Adds `actions list|show|retry|release|cancel|declare`. */
export function addActions(program: Command): void {
  const actions = program.command('actions').description('the deployment actions and their outcomes');
  addList(actions);
  addServer(addJson(actions.command('show')))
    .description('show an action with its audit, webhooks, calls to Vercel and allocation')
    .argument('<id>', 'id of the action or of its deployment')
    .action(async (given: string, options: Options) => {
      const server = serverOf(options);
      const id = await actionIdOf(server, given);
      print(
        await request<ActionDetail>(server, `actions/${id}`, { has: 'transitions' }),
        options,
        printAction,
      );
    });
  for (const [name, effect] of Object.entries(COMMANDS)) addCommand(actions, name, effect);
  addDeclare(actions);
}

function addList(actions: Command): void {
  addServer(addLimits(addJson(actions.command('list'))))
    .description('list actions that match all filters, newest first')
    .option('--state <states>', 'one or more states, comma-separated: failed,provisioning')
    .option('--outcome <outcomes>', 'one or more of succeeded, failed and canceled, comma-separated')
    .option('--action <slug>', 'the slug declared at Vercel')
    .option('--installation <id>', 'icfg_…')
    .option('--resource <id>', "the provider's id of the resource")
    .option('--deployment <id>', 'dpl_…')
    .option('--project <name>', "the project's name or id")
    .option('--git-ref <ref>', 'the git branch')
    .option('--since <time>', 'created at this time or later: 2026-01-31 or 2026-01-31T12:00:00Z')
    .option('--until <time>', 'created before this time')
    .action(async (options: Options & ListOptions & Filter) => {
      const found = await list<ActionAnswer>(serverOf(options), 'actions', filterOf(options), options);
      print(found, options, printActions);
    });
}

function filterOf(options: Filter): Query {
  const { state, outcome, action, installation, resource, deployment, project, gitRef, since, until } =
    options;
  return { state, outcome, action, installation, resource, deployment, project, gitRef, since, until };
}

function addCommand(actions: Command, name: string, effect: string): void {
  addServer(addJson(actions.command(name)))
    .description(`${effect}; the audit stores your name and the reason`)
    .argument('<id>', 'id of the action or of its deployment')
    .requiredOption('--reason <text>', 'the reason, in one line')
    .action(async (given: string, options: Options & { reason: string }) => {
      const server = serverOf(options);
      const id = await actionIdOf(server, given);
      const command = { has: 'id', method: 'POST', body: { reason: options.reason } } as const;
      print(
        await request<ActionAnswer>(server, `actions/${id}/${name}`, command),
        options,
        printCommandResult,
      );
    });
}

/** Accepts the id of a deployment too, because operators know it from Vercel. */
async function actionIdOf(server: ApiServer, given: string): Promise<string> {
  if (UUID.test(given)) return given;
  const { items } = await list<ActionAnswer>(server, 'actions', { deployment: given }, { limit: 20 });
  const [only, ...others] = items;
  if (only === undefined)
    throw new CommandError(
      `actions: ${given} is neither the id of an action nor of a deployment with an action`,
      EXIT.refused,
    );
  if (others.length === 0) return only.id;
  const which = items.map(({ id, action }) => `  ${id}  ${plain(action)}`).join('\n');
  throw new CommandError(
    `actions: deployment ${given} has several actions; pass the id of one:\n${which}`,
    EXIT.usage,
  );
}
