/** `drawbridge doctor` */
import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import { addJson, print, writeError, type OutputOptions } from '../print/print.js';
import { printReport } from './report.js';

/** Adds `doctor`. */
export function addDoctor(program: Command): void {
  addJson(program.command('doctor'))
    .description(
      'look at the configuration, the database, the plugins and Vercel from here: exit code 1 when something has failed',
    )
    .action(async (options: OutputOptions) => {
      // What it looks at takes a while to load, which the other commands need not wait for.
      const { examine } = await import('./examine.js');
      const report = await examine(writeError);
      print(report, options, printReport);
      if (report.failed > 0) process.exitCode = EXIT.found;
      // What a plugin left open does not keep the command from ending.
      setTimeout(() => process.exit(), 500).unref();
    });
}
