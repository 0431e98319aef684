import type { Audit } from './allocations-audit.js';
import { table, type Column } from '../print/table.js';

type Row = readonly [what: string, key: string, provisioner: string, actions: string, more: string];

const COLUMNS: Column<Row>[] = ['FOUND', 'KEY', 'PROVISIONER', 'ACTIONS', 'MORE'].map((title, at) => ({
  title,
  of: (row) => row[at] ?? null,
}));

/** Formats the findings as a table, followed by a summary line. */
export function printAudit(audit: Audit): string {
  const rows = rowsOf(audit);
  const found = rows.length === 0 ? '' : `${table(COLUMNS, rows)}\n\n`;
  return `${found}${sumOf(audit)}`;
}

function rowsOf({ strays, missing, unlisted, problems }: Audit): Row[] {
  return [
    ...strays.map(({ key, provisioner, actions }): Row => {
      return ['stray', key, provisioner, actions.join(','), 'exists at the backend without an allocation'];
    }),
    ...missing.map(({ key, provisioner, action, deployments }): Row => {
      return [
        'missing',
        key,
        provisioner,
        action,
        `missing at the backend; used by ${deployments.join(', ')}`,
      ];
    }),
    ...problems.map(({ provisioner, actions, message }): Row => {
      return ['problem', '-', provisioner, actions.join(','), message];
    }),
    ...unlisted.map(({ provisioner, actions }): Row => {
      return ['unlisted', '-', provisioner, actions.join(','), 'cannot list its resources'];
    }),
  ];
}

function sumOf({ strays, missing, problems, things, allocations }: Audit): string {
  const compared = `${things} resource(s) at backends, ${allocations} allocation(s)`;
  if (strays.length + missing.length + problems.length === 0)
    return `allocations: no difference: ${compared}`;
  const found = `${strays.length} stray, ${missing.length} missing, ${problems.length} problem(s)`;
  return `allocations: ${found}: ${compared}`;
}
