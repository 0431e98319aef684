import type { Command } from 'commander';
import { addAllocationsList } from './allocations-list.js';
import { printAudit } from './allocations-print.js';
import { EXIT } from '../exit.js';
import { addJson, print, type OutputOptions } from '../print/print.js';

/** Adds `allocations list|audit`. */
export function addAllocations(program: Command): void {
  const allocations = program.command('allocations').description('what provisioners have created');
  addAllocationsList(allocations);
  addJson(allocations.command('audit'))
    .description('compare allocations with the resources that provisioners list; exit code 1 if they differ')
    .action(async (options: OutputOptions) => {
      // Loaded on demand, so that other commands start faster.
      const { runAudit, differs } = await import('./run-audit.js');
      const found = await runAudit();
      print(found, options, printAudit);
      if (differs(found)) process.exitCode = EXIT.found;
    });
}
