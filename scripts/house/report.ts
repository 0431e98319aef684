import { table } from '../generated-files.ts';
import type { Bound } from './bounds.ts';
import type { Measurement } from './measure.ts';
import { readTree } from './tree.ts';

type Measured = Bound & Measurement;

function measured(bounds: readonly Bound[], root: string): Measured[] {
  const files = readTree(root);
  return bounds.map((bound) => ({ ...bound, ...bound.of(files, root) }));
}

/** The table of all measures, then the offenders of each bound. */
export function overview(bounds: readonly Bound[], root: string): string {
  const all = measured(bounds, root);
  const width = Math.max(...all.map(({ name }) => name.length));
  const lines = all.map(
    ({ name, value, most, isEnforced }) =>
      `${name.padEnd(width)}  ${String(value).padStart(5)}  at most ${most}${isEnforced ? '' : ' (not enforced)'}`,
  );
  return [...lines, ...all.flatMap(offendersOf)].join('\n');
}

/** The exceeded bounds with their offenders; empty if all bounds are kept. */
export function check(bounds: readonly Bound[], root: string): string {
  const over = measured(bounds, root).filter(({ value, most, isEnforced }) => isEnforced && value > most);
  return over
    .flatMap((one) => [
      `house: ${one.name}: ${one.value}, at most ${one.most}. ${one.remedy}`,
      ...offendersOf(one),
    ])
    .join('\n');
}

/** A Markdown table with the measures of two trees. */
export function compare(bounds: readonly Bound[], before: string, after: string): string {
  const shared = bounds.filter(({ isOwn }) => isOwn !== true);
  const former = measured(shared, before);
  const rows = measured(shared, after).map(({ name, most, value }, index) =>
    [name, former[index]?.value, value, most].map(String),
  );
  return table(['measure', 'before', 'after', 'at most'], rows);
}

const offendersOf = ({ name, offenders }: Measured): string[] =>
  offenders.length === 0 ? [] : ['', `${name}:`, ...offenders.map((one) => `  ${one}`)];
