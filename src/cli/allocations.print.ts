import type { Audit } from './allocations.audit.js';

type Row = readonly [what: string, key: string, provisioner: string, actions: string, more: string];

/** A table for people, then one line that sums up. */
export function printAudit(audit: Audit): string {
  const rows = rowsOf(audit);
  const table = rows.length === 0 ? '' : `${columns([HEAD, ...rows])}\n\n`;
  return `${table}${sumOf(audit)}\n`;
}

const HEAD: Row = ['FOUND', 'KEY', 'PROVISIONER', 'ACTIONS', 'MORE'];

function rowsOf({ strays, missing, unlisted, problems }: Audit): Row[] {
  return [
    ...strays.map(({ key, provisioner, actions }): Row => {
      return ['stray', key, provisioner, actions.join(','), 'is outside and has no allocation'];
    }),
    ...missing.map(({ key, provisioner, action, deployments }): Row => {
      return ['missing', key, provisioner, action, `is not outside; promised to ${deployments.join(', ')}`];
    }),
    ...problems.map(({ provisioner, actions, message }): Row => {
      return ['problem', '-', provisioner, actions.join(','), message.replaceAll(/\s+/g, ' ')];
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

function columns(rows: readonly Row[]): string {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: Row): string => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}
