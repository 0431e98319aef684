import { plain } from './text.js';

type Fact = readonly [name: string, value: string | number | null];

/** One line each, names in one column; what is not known is left out. */
export function fieldLines(known: readonly Fact[]): string {
  const said = known.filter(([, value]) => value !== null && value !== '');
  const width = Math.max(...said.map(([name]) => name.length));
  return said.map(([name, value]) => `${name.padEnd(width)}  ${plain(String(value))}`).join('\n');
}
