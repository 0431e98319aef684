/** `drawbridge config …` */
import type { Command } from 'commander';
import type { Overview, Setting } from '../config/overview.js';
import { EXIT } from './exit.js';
import { addJson, print, type OutputOptions } from './print/print.js';
import { table, type Column } from './print/table.js';
import { plain } from './print/text.js';

/** Adds `config print`. */
export function addConfig(program: Command): void {
  const config = program.command('config').description('what a server that is started here would read');
  addJson(config.command('print'))
    .description('every setting, its value and where it comes from; of secrets only whether they are set')
    .action(async (options: OutputOptions) => {
      // Loaded when it is needed: the other commands need not wait for it.
      const { overview } = await import('../config/overview.js');
      const found = overview();
      print(found, options, inWords);
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

function inWords({ settings, actions, problems, warnings }: Overview): string {
  const declared = actions as Action[];
  return [
    table(SETTINGS, settings),
    ...(declared.length === 0 ? [] : [table(ACTIONS, declared)]),
    ...problems.map(({ source, path, text }) => `problem: ${plain(`${source}: ${path}: ${text}`)}`),
    ...warnings.map((text) => `warning: ${plain(text)}`),
  ].join('\n\n');
}
