import { InvalidArgumentError, Option, type Command } from 'commander';
import { progress } from '../print/progress.js';
import { ask, type Query } from './ask.js';
import type { ApiServer } from './server.js';

export interface PageItem<T> {
  items: T[];
  /** Where the list goes on; null at its end. */
  next: string | null;
}

export interface ListOptions {
  readonly limit: number;
  readonly all?: true;
}

const LARGEST_PAGE = 200;
const DEFAULT = 50;

/** Adds `--limit` and `--all`. */
export function addLimits(command: Command): Command {
  return command
    .addOption(
      new Option('--limit <n>', 'how many at most').default(DEFAULT).argParser((text) => countOf(text)),
    )
    .addOption(new Option('--all', 'everything there is').conflicts('limit'));
}

function countOf(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('must be a whole number of at least 1.');
  return count;
}

/** As much of a list as was asked for, however many pages it takes. */
export async function list<T>(
  server: ApiServer,
  path: string,
  filter: Query,
  { limit, all }: ListOptions,
): Promise<PageItem<T>> {
  const most = all ? Infinity : limit;
  const items: T[] = [];
  let next: string | null = null;
  do {
    const size = Math.min(most - items.length, LARGEST_PAGE);
    const query: Query = { ...filter, limit: String(size), ...(next === null ? {} : { cursor: next }) };
    const page: PageItem<T> = await ask<PageItem<T>>(server, path, { has: 'items', query });
    items.push(...page.items);
    ({ next } = page);
    if (next !== null && items.length < most) progress(`${path}: ${items.length} so far`);
  } while (next !== null && items.length < most);
  progress(null);
  return { items, next };
}
