import { table } from '../generated-files.ts';
import { INTENDED } from './intended.ts';
import { differencesOf, leavesOf, type Difference } from './plain.ts';
import type { Surfaces } from './surfaces.ts';

interface Report {
  readonly text: string;
  /** True when no difference is left that is not intended. */
  readonly isUnchanged: boolean;
}

/** Each difference with its reason if it is intended, then a table with a row for each surface. */
export function report(before: Surfaces, after: Surfaces): Report {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const found = names.map((name) => {
    const differences = differencesOf(before[name] ?? null, after[name] ?? null);
    const unintended = differences.filter(({ path }) => reasonOf(name, path) === undefined);
    return { name, compared: leavesOf(after[name] ?? null).size, differences, unintended };
  });
  const lines = found.flatMap(({ name, differences }) => differences.map((one) => lineOf(name, one)));
  const rows = found.map(({ name, compared, differences, unintended }) =>
    [name, compared, differences.length, unintended.length].map(String),
  );
  const text = [...lines, '', table(['surface', 'values', 'differences', 'not intended'], rows)].join('\n');
  return { text, isUnchanged: found.every(({ unintended }) => unintended.length === 0) };
}

const reasonOf = (surface: string, path: string): string | undefined =>
  INTENDED.find((one) => one.surface === surface && one.path.test(path))?.reason;

function lineOf(surface: string, { path, before, after }: Difference): string {
  const reason = reasonOf(surface, path);
  const values = `  before ${before ?? '(absent)'}\n  after  ${after ?? '(absent)'}`;
  return `${surface}: ${path}${reason === undefined ? '' : ` (intended: ${reason})`}\n${values}`;
}
