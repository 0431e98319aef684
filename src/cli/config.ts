/** `drawbridge config …` */
import type { Command } from 'commander';
import type { Overview, Setting } from '../config/config-overview.js';
import { EXIT } from './exit.js';
import { addJson, print, type OutputOptions } from './print/print.js';
import { table, type Column } from './print/table.js';
import { plain } from './print/text.js';

/** Adds `config print`. */
export function addConfig(program: Command): void {
  const config = program
    .command('config')
    .description('the configuration of a server started in this folder');
  addJson(config.command('print'))
    .description('print every setting, its value and its origin; secrets are hidden')
    .action(async (options: OutputOptions) => {
      // Loaded on demand, so that other commands start faster.
      const { overview } = await import('../config/config-overview.js');
      const found = overview();
      print(found, options, formatConfig);
      if (found.problems.length > 0) process.exitCode = EXIT.found;
    });
}

const SETTINGS: Column<Setting>[] = [
  { title: 'NAME', of: ({ name }) => name },
  { title: 'FROM', of: ({ from }) => from },
  { title: 'VALUE', of: ({ value }) => value },
];

interface Action {
  slug: string;
  provisioner: string;
  scope: string;
  deadlineMs: number;
}

const ACTIONS: Column<Action>[] = [
  { title: 'ACTION', of: ({ slug }) => slug },
  { title: 'PROVISIONER', of: ({ provisioner }) => provisioner },
  { title: 'SCOPE', of: ({ scope }) => scope },
  { title: 'DEADLINE', of: ({ deadlineMs }) => `${deadlineMs / 1_000} s` },
];

function formatConfig({ settings, actions, problems, warnings }: Overview): string {
  const declared = actions as Action[];
  return [
    table(SETTINGS, settings),
    ...(declared.length === 0 ? [] : [table(ACTIONS, declared)]),
    ...problems.map(({ source, path, text }) => `problem: ${plain(`${source}: ${path}: ${text}`)}`),
    ...warnings.map((text) => `warning: ${plain(text)}`),
  ].join('\n\n');
}
