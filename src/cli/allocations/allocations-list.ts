import type { Command } from 'commander';
import type { AllocationAnswer } from '../../api/allocations/allocation-answer.js';
import { addLimits, list, type PageItem, type ListOptions } from '../api/pages.js';
import { addServer, serverOf, type ServerOptions } from '../api/server.js';
import { moreOf } from '../print/more.js';
import { addJson, print, type OutputOptions } from '../print/print.js';
import { table, type Column } from '../print/table.js';
import { age } from '../print/text.js';

type Filter = Record<'state' | 'installation' | 'resource', string | undefined>;

const WIDE = 120;

const COLUMNS: Column<AllocationAnswer>[] = [
  { title: 'KEY', of: ({ key }) => key, cut: 'end' },
  { title: 'STATE', of: ({ state }) => state, toned: true },
  { title: 'AGE', of: ({ createdAt }) => age(createdAt) },
  { title: 'HOLDERS', of: ({ holders }) => holders.length },
  { title: 'ACTION', of: ({ action }) => action, cut: 'end' },
  { title: 'SCOPE', of: ({ scope }) => scope, from: WIDE },
  { title: 'INSTALLATION', of: ({ installationId }) => installationId, cut: 'middle', from: WIDE },
  { title: 'RESOURCE', of: ({ resourceId }) => resourceId, cut: 'middle', from: WIDE },
];

/** Adds `allocations list`. */
export function addAllocationsList(allocations: Command): void {
  addServer(addLimits(addJson(allocations.command('list'))))
    .description('list allocations and their holders, newest first')
    .option('--state <states>', 'one or more of open, closing and closed, comma-separated')
    .option('--installation <id>', 'icfg_…')
    .option('--resource <id>', "the provider's id of the resource")
    .action(async (options: ServerOptions & OutputOptions & ListOptions & Filter) => {
      const { state, installation, resource } = options;
      const filter = { state, installation, resource };
      print(
        await list<AllocationAnswer>(serverOf(options), 'allocations', filter, options),
        options,
        formatAllocations,
      );
    });
}

function formatAllocations({ items, next }: PageItem<AllocationAnswer>): string {
  if (items.length === 0) return 'no allocation matches';
  return `${table(COLUMNS, items)}${moreOf(items.length, next)}`;
}
