import type { Command } from 'commander';
import { addAllocationsList } from './allocations-list.js';
import { printAudit } from './allocations-print.js';
import { EXIT } from '../exit.js';
import { addJson, print, type OutputOptions } from '../print/print.js';

/** Adds `allocations list|audit`. */
export function addAllocations(program: Command): void {
  const allocations = program.command('allocations').description('what provisioners have made');
  addAllocationsList(allocations);
  addJson(allocations.command('audit'))
    .description(
      'compare what is on record with what the provisioners list: exit code 1 when there is a difference',
    )
    .action(async (options: OutputOptions) => {
      // What it compares takes a while to load, which the other commands need not wait for.
      const { auditHere, differs } = await import('./allocations-here.js');
      const found = await auditHere();
      print(found, options, printAudit);
      if (differs(found)) process.exitCode = EXIT.found;
    });
}
