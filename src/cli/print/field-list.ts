import { plain } from './text.js';

type Field = readonly [name: string, value: string | number | null];

/** Formats one line for each field, with names in one column. Omits fields that are null or empty. */
export function fieldList(fields: readonly Field[]): string {
  const shown = fields.filter(([, value]) => value !== null && value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${plain(String(value))}`).join('\n');
}
