/** `drawbridge installations …` */
import type { Command } from 'commander';
import { request } from '../api/request.js';
import { addLimits, list, type PageItem, type ListOptions } from '../api/pages.js';
import { addServer, serverOf, type ServerOptions } from '../api/server.js';
import { addTransfer } from './installations-transfer.js';
import { moreOf } from '../print/more.js';
import { addJson, print, type OutputOptions } from '../print/print.js';
import { table, type Column } from '../print/table.js';
import { age } from '../print/text.js';

/** An installation in the API. */
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
    .description('list all installations by id, including removed ones, without tokens')
    .action(async (options: ServerOptions & OutputOptions & ListOptions) => {
      print(
        await list<Installation>(serverOf(options), 'installations', {}, options),
        options,
        formatInstallations,
      );
    });
  addConfirm(installations);
  addTransfer(installations);
}

function addConfirm(installations: Command): void {
  addServer(addJson(installations.command('confirm-gone')))
    .description(
      'confirm that the deployments missing at Vercel are gone, so that their allocations are released',
    )
    .argument('<id>', 'id of the installation')
    .requiredOption('--reason <text>', 'the reason, in one line')
    .action(async (id: string, options: ServerOptions & OutputOptions & { reason: string }) => {
      const command = { has: 'id', method: 'POST', body: { reason: options.reason } } as const;
      const path = `installations/${encodeURIComponent(id)}/confirm-deployments-gone`;
      print(
        await request<Installation>(serverOf(options), path, command),
        options,
        (answer) => `installation ${answer.id}: confirmed; the next sweep asks Vercel once more`,
      );
    });
}

function formatInstallations({ items, next }: PageItem<Installation>): string {
  if (items.length === 0) return 'no installation exists';
  return `${table(COLUMNS, items)}${moreOf(items.length, next)}`;
}
