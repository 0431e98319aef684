import type { ActionFilter } from '../../src/api/actions/action-query.js';

/** The filters of the list as in the address. Names and values are those of the API. */
export type Filters = Partial<Record<keyof ActionFilter, string>>;

export const TEXTS = ['action', 'project', 'gitRef', 'installation', 'resource', 'deployment'] as const;
const NAMES: readonly (keyof ActionFilter)[] = ['state', 'outcome', ...TEXTS, 'since', 'until'];

/** Reads the filters from the parameters of the address. Ignores other parameters. */
export function filtersOf(query: Readonly<Record<string, string>>): Filters {
  const given = NAMES.flatMap((name) => {
    const value = query[name]?.trim();
    return value ? [[name, value] as const] : [];
  });
  return Object.fromEntries(given);
}

/** Returns `''`, or the query string with its `?`, always in one order: equal filters are equal texts. */
export function queryOf(filters: Filters, more: Record<string, string> = {}): string {
  const parameters = new URLSearchParams();
  for (const name of NAMES) {
    const value = filters[name]?.trim();
    if (value) parameters.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) parameters.set(name, value);
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** Adds `value` to a comma-separated list, or removes it. */
export function toggled(list: string | undefined, value: string): string {
  const values = valuesOf(list);
  const next = values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
  return next.join(',');
}

export const valuesOf = (list: string | undefined): string[] =>
  (list ?? '').split(',').filter((one) => one !== '');
