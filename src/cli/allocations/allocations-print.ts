import type { Audit } from './allocations-audit.js';
import { table, type Column } from '../print/table.js';

type Row = readonly [what: string, key: string, provisioner: string, actions: string, more: string];

const COLUMNS: Column<Row>[] = ['FOUND', 'KEY', 'PROVISIONER', 'ACTIONS', 'MORE'].map((title, at) => ({
  title,
  of: (row) => row[at] ?? null,
}));

/** A table for people, then one line that sums up. */
export function printAudit(audit: Audit): string {
  const rows = rowsOf(audit);
  const found = rows.length === 0 ? '' : `${table(COLUMNS, rows)}\n\n`;
  return `${found}${sumOf(audit)}`;
}

function rowsOf({ strays, missing, unlisted, problems }: Audit): Row[] {
  return [
    ...strays.map(({ key, provisioner, actions }): Row => {
      return ['stray', key, provisioner, actions.join(','), 'is outside and has no allocation'];
    }),
    ...missing.map(({ key, provisioner, action, deployments }): Row => {
      return ['missing', key, provisioner, action, `is not outside; promised to ${deployments.join(', ')}`];
    }),
    ...problems.map(({ provisioner, actions, message }): Row => {
      return ['problem', '-', provisioner, actions.join(','), message];
    }),
    ...unlisted.map(({ provisioner, actions }): Row => {
      return ['unlisted', '-', provisioner, actions.join(','), 'cannot list what it has made'];
    }),
  ];
}

function sumOf({ strays, missing, problems, things, allocations }: Audit): string {
  const looked = `${things} thing(s) outside, ${allocations} allocation(s) on record`;
  if (strays.length + missing.length + problems.length === 0) return `allocations: no difference: ${looked}`;
  return `allocations: ${strays.length} stray, ${missing.length} missing, ${problems.length} problem(s): ${looked}`;
}
