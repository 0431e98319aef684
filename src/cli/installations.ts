/** `drawbridge installations …` */
import type { Command } from 'commander';
import { addLimits, list, type Listed, type ListOptions } from './api/pages.js';
import { addServer, serverOf, type ServerOptions } from './api/server.js';
import { moreOf } from './print/more.js';
import { addJson, print, type OutputOptions } from './print/print.js';
import { table, type Column } from './print/table.js';
import { age } from './print/text.js';

/** As the API answers it. */
interface Installation {
  id: string;
  hasAccessToken: boolean;
  createdAt: string;
  updatedAt: string;
  removedAt: string | null;
}

const COLUMNS: Column<Installation>[] = [
  { title: 'ID', of: ({ id }) => id, cut: 'middle' },
  { title: 'STATE', of: ({ removedAt }) => (removedAt === null ? 'installed' : 'removed'), toned: true },
  { title: 'TOKEN', of: ({ hasAccessToken }) => (hasAccessToken ? 'yes' : 'none') },
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
}

function inWords({ items, next }: Listed<Installation>): string {
  if (items.length === 0) return 'there is no installation';
  return `${table(COLUMNS, items)}${moreOf(items.length, next)}`;
}
