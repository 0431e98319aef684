/** `drawbridge doctor` */
import type { Command } from 'commander';
import { EXIT } from '../exit.js';
import { addJson, print, type OutputOptions, printMessage } from '../print/print.js';
import { printReport } from './report.js';

/** Adds `doctor`. */
export function addDoctor(program: Command): void {
  addJson(program.command('doctor'))
    .description(
      'check configuration, database, plugins and Vercel from this machine; exit code 1 if a check fails',
    )
    .action(async (options: OutputOptions) => {
      // Loaded on demand, so that other commands start faster.
      const { examine } = await import('./examine.js');
      const report = await examine(printMessage);
      print(report, options, printReport);
      if (report.failed > 0) process.exitCode = EXIT.found;
      // Exits even if a plugin leaves a handle open.
      setTimeout(() => process.exit(), 500).unref();
    });
}
