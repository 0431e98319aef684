import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { eventually } from '../world.js';

/** The suffixes of the series of a histogram or summary. */
const PART = /_(bucket|sum|count)$/;

/**
 * A page of metrics as a scraper reads it: the types by name, and every sample as `name{labels}` with its
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

/** The names of the metrics with samples. */
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
 * Waits until every metric of the tables has a sample in one of these processes, and fails on a missing or an
 * undocumented metric.
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
  }, 100_000).catch(() => undefined); // the comparison below names what is missing
  expect(seen).toEqual(documented);
}
