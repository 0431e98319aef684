import { setTimeout as sleep } from 'node:timers/promises';
import { encodeCursor } from '../../src/http/paging/page.js';
import { fillArchive } from '../support/archive.js';
import { ADMIN } from './actors.js';
import { figure, type Figure } from './measure.js';
import { setStage, type BenchStage } from './stage.js';

const ACTIONS = 1_000_000;
const ROUNDS = 60;
/** A filter and its SQL condition. */
const FILTERS: [query: Record<string, string>, condition: string][] = [
  [{}, 'true'],
  [{ state: 'failed' }, `state = 'failed'`],
  [{ installation: 'icfg_7' }, `installation_id = 'icfg_7'`],
  [{ action: 'branch' }, `action = 'branch'`],
  [{ project: 'shop-77' }, `project_name = 'shop-77'`],
  [{ action: 'branch', installation: 'icfg_7' }, `action = 'branch' AND installation_id = 'icfg_7'`],
  [{ outcome: 'failed', state: 'failed' }, `state = 'failed'`],
];

/**
 * Measures an operator's lists over 1,000,000 actions and 5,000,000 transitions: milliseconds of the deepest
 * page against the first; and the maximum of memory in megabytes while all transitions are exported, against
 * the maximum after the first tenth of them.
 */
export async function lists(): Promise<Figure[]> {
  const stage = await setStage();
  try {
    await fillArchive(stage.databaseUrl, { actions: ACTIONS });
    const { url, stop } = await stage.drawbridge('web', 'http://127.0.0.1:9');
    try {
      const pages = await pageFigures(stage, url);
      return [...pages, await exportFigure(url)];
    } finally {
      await stop();
    }
  } finally {
    await stage.close();
  }
}

async function pageFigures(stage: BenchStage, url: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [query, condition] of FILTERS) {
    const first = `${url}/api/v1/actions?${new URLSearchParams(query).toString()}`;
    const deepest = `${first}&cursor=${await lastCursor(stage, query, condition)}`;
    figures.push(await compared(`actions ${JSON.stringify(query)}`, first, deepest));
  }
  const [last] = (await stage.sql.query<{ id: string }>('SELECT max(id) - 51 AS id FROM transition')).rows;
  const transitions = `${url}/api/v1/transitions?limit=50`;
  figures.push(await compared('transitions', transitions, `${transitions}&cursor=${last?.id}`));
  return figures;
}

/** Returns the cursor before the last 50 rows. */
async function lastCursor(
  stage: BenchStage,
  query: Record<string, string>,
  condition: string,
): Promise<string> {
  const { rows } = await stage.sql.query<{ id: string; at: string }>(
    `SELECT id, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at FROM action
     WHERE ${condition} ORDER BY created_at, id LIMIT 1 OFFSET 50`,
  );
  const filter = Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      ['state', 'outcome'].includes(name) ? [value] : value,
    ]),
  );
  return encodeCursor(rows[0] as { id: string; at: string }, { ...filter, list: 'action' });
}

async function compared(metric: string, first: string, deepest: string): Promise<Figure> {
  const [ours, reference]: [number[], number[]] = [[], []];
  for (let round = -5; round < ROUNDS; round++) {
    const [a, b] = [await timed(deepest), await timed(first)];
    if (round < 0) continue; // a warm-up round
    ours.push(a);
    reference.push(b);
  }
  return figure('lists', metric, 'ms', ours, reference);
}

const headers = { authorization: `Bearer ${ADMIN}` };

async function timed(url: string): Promise<number> {
  const start = performance.now();
  const answer = await fetch(url, { headers });
  const { items } = (await answer.json()) as { items: unknown[] };
  if (items.length !== 50) throw new Error(`bench: ${url} has ${items.length} items`);
  return performance.now() - start;
}

async function exportFigure(url: string): Promise<Figure> {
  const sizes: { lines: number; megabytes: number }[] = [];
  const progress = { lines: 0, done: false };
  const watching = watch(url, progress, sizes);
  const answer = await fetch(`${url}/api/v1/transitions`, {
    headers: { ...headers, accept: 'application/x-ndjson' },
  });
  for await (const chunk of answer.body ?? []) progress.lines += linesIn(chunk as Uint8Array);
  progress.done = true;
  await watching;
  if (progress.lines < 5 * ACTIONS) throw new Error(`bench: the export has ${progress.lines} lines`);
  const tenth = sizes.filter(({ lines }) => lines <= ACTIONS / 2);
  return figure('lists', 'memory of an export', 'MB', [most(sizes)], [most(tenth)]);
}

async function watch(
  url: string,
  progress: { lines: number; done: boolean },
  sizes: { lines: number; megabytes: number }[],
): Promise<void> {
  while (!progress.done) {
    const metrics = await fetch(`${url}/metrics`).then((answer) => answer.text());
    const bytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
    sizes.push({ lines: progress.lines, megabytes: bytes / 1024 ** 2 });
    await sleep(200);
  }
}

const most = (sizes: { megabytes: number }[]): number => Math.max(...sizes.map(({ megabytes }) => megabytes));

function linesIn(chunk: Uint8Array): number {
  let count = 0;
  for (const byte of chunk) if (byte === 10) count++;
  return count;
}
