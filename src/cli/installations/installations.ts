/** `drawbridge installations …` */
import type { Command } from 'commander';
import { ask } from '../api/ask.js';
import { addLimits, list, type PageItem, type ListOptions } from '../api/pages.js';
import { addServer, serverOf, type ServerOptions } from '../api/server.js';
import { addTransfer } from './installations-transfer.js';
import { moreOf } from '../print/more.js';
import { addJson, print, type OutputOptions } from '../print/print.js';
import { table, type Column } from '../print/table.js';
import { age } from '../print/text.js';

/** As the API answers it. */
interface Installation {
  id: string;
  hasAccessToken: boolean;
  createdAt: string;
  updatedAt: string;
  removedAt: string | null;
  doubt: { reason: string } | null;
}

const COLUMNS: Column<Installation>[] = [
  { title: 'ID', of: ({ id }) => id, cut: 'middle' },
  { title: 'STATE', of: ({ removedAt }) => (removedAt === null ? 'installed' : 'removed'), toned: true },
  { title: 'TOKEN', of: ({ hasAccessToken }) => (hasAccessToken ? 'yes' : 'none') },
  { title: 'DOUBT', of: ({ doubt }) => doubt?.reason ?? '-', toned: true },
  { title: 'AGE', of: ({ createdAt }) => age(createdAt) },
  { title: 'CHANGED', of: ({ updatedAt }) => age(updatedAt) },
];

/** Adds `installations list`. */
export function addInstallations(program: Command): void {
  const installations = program.command('installations').description("the customers' installations");
  addServer(addLimits(addJson(installations.command('list'))))
    .description('all installations by their ids, removed ones too; never a token')
    .action(async (options: ServerOptions & OutputOptions & ListOptions) => {
      print(await list<Installation>(serverOf(options), 'installations', {}, options), options, inWords);
    });
  addConfirm(installations);
  addTransfer(installations);
}

function addConfirm(installations: Command): void {
  addServer(addJson(installations.command('confirm-gone')))
    .description('confirm that the deployments that Vercel does not find are gone; what they hold is removed')
    .argument('<id>', 'of the installation')
    .requiredOption('--reason <text>', 'why, in one line')
    .action(async (id: string, options: ServerOptions & OutputOptions & { reason: string }) => {
      const question = { has: 'id', method: 'POST', body: { reason: options.reason } } as const;
      const path = `installations/${encodeURIComponent(id)}/confirm-deployments-gone`;
      print(
        await ask<Installation>(serverOf(options), path, question),
        options,
        (answer) => `installation ${answer.id}: confirmed; the next sweep asks once more`,
      );
    });
}

function inWords({ items, next }: PageItem<Installation>): string {
  if (items.length === 0) return 'there is no installation';
  return `${table(COLUMNS, items)}${moreOf(items.length, next)}`;
}
