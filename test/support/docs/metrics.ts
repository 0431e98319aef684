import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../world.js';

/** Histograms and summaries show parts of themselves under names of their own. */
const PART = /_(bucket|sum|count)$/;

/**
 * What a scraper makes of a page of metrics: the types by name, and every sample as `name{labels}` with its
 * value.
 */
export interface Scraped {
  readonly types: ReadonlyMap<string, string>;
  readonly samples: ReadonlyMap<string, number>;
}

export async function scrape(url: string): Promise<Scraped> {
  const answer = await fetch(`${url}/metrics`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  const lines = (await answer.text()).split('\n');
  const types = lines.flatMap((line) => /^# TYPE (\S+) (\S+)$/.exec(line)?.slice(1) ?? []);
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return {
    types: new Map(Array.from({ length: types.length / 2 }, (_, n) => [types[2 * n]!, types[2 * n + 1]!])),
    samples: new Map(
      samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
    ),
  };
}

/** The metrics of which there are samples. */
export function namesOf({ types, samples }: Scraped): Set<string> {
  const names = [...samples.keys()].map((sample) => sample.split('{', 1)[0] as string);
  return new Set(names.map((name) => (types.has(name) ? name : name.replace(PART, ''))));
}

/** The names in the first column of the tables of docs/metrics.md. */
export async function documentedMetrics(): Promise<string[]> {
  const page = await readFile(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');
  return [...page.matchAll(/^\| `((?:drawbridge|nodejs|process)_\w+)` /gm)].map(([, name]) => name as string);
}

/**
 * Fails unless every metric of the table has a sample in one of these processes, soon, and there is none
 * beyond it.
 */
export async function expectEveryMetric(urls: readonly string[]): Promise<void> {
  const documented = (await documentedMetrics()).toSorted();
  const shown = async (): Promise<string[]> => {
    const names = (await Promise.all(urls.map(scrape))).flatMap((one) => [...namesOf(one)]);
    return [...new Set(names)].toSorted();
  };
  let seen: string[] = [];
  await eventually(async () => {
    seen = await shown();
    return documented.every((name) => seen.includes(name));
  }, 100_000).catch(() => undefined); // what is missing is said by the comparison
  expect(seen).toEqual(documented);
}
