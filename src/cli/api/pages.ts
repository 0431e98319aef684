import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEFAULT_LIMIT, LARGEST_LIMIT } from '../../http/paging/page-size.js';
import { progress } from '../print/progress.js';
import { request, type Query } from './request.js';
import type { ApiServer } from './server.js';

export interface PageItem<T> {
  items: T[];
  /** The cursor of the next page; null on the last page. */
  next: string | null;
}

export interface ListOptions {
  readonly limit: number;
  readonly all?: true;
}

/** Adds `--limit` and `--all`. */
export function addLimits(command: Command): Command {
  return command
    .addOption(
      new Option('--limit <n>', 'maximum number of rows')
        .default(DEFAULT_LIMIT)
        .argParser((text) => countOf(text)),
    )
    .addOption(new Option('--all', 'all rows').conflicts('limit'));
}

function countOf(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('must be a whole number of at least 1.');
  return count;
}

/** Reads up to `limit` items of a list, or all of them, page by page. */
export async function list<T>(
  server: ApiServer,
  path: string,
  filter: Query,
  { limit, all }: ListOptions,
): Promise<PageItem<T>> {
  const wanted = all ? Infinity : limit;
  const items: T[] = [];
  let next: string | null = null;
  do {
    const size = Math.min(wanted - items.length, LARGEST_LIMIT);
    const query: Query = { ...filter, limit: String(size), ...(next === null ? {} : { cursor: next }) };
    const page: PageItem<T> = await request<PageItem<T>>(server, path, { has: 'items', query });
    items.push(...page.items);
    ({ next } = page);
    if (next !== null && items.length < wanted) progress(`${path}: ${items.length} so far`);
  } while (next !== null && items.length < wanted);
  progress(null);
  return { items, next };
}
