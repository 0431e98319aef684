/**
 * Runs the benchmarks: `npm run bench -- [NAME] [--json FILE] [--profile]`. Prints our value, a reference
 * measured in the same run, and the ratio.
 */
import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { drain } from './drain.js';
import { intake } from './intake.js';
import { latency } from './latency.js';
import { lists } from './lists.js';
import type { Figure } from './measure.js';

const BENCHES: Record<string, () => Promise<Figure[]>> = { intake, latency, drain, lists };
/** Benchmarks with minutes of preparation, which run only by name. */
const ON_REQUEST = ['lists'];

const { values, positionals } = parseArgs({
  options: { json: { type: 'string' }, profile: { type: 'boolean' } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !(name in BENCHES));
if (unknown !== undefined) {
  process.stderr.write(
    `bench: ${unknown} is not a benchmark; the benchmarks are ${Object.keys(BENCHES).join(', ')}\n`,
  );
  process.exit(2);
}
if (values.profile) await mkdir('.build/profiles', { recursive: true });

const figures: Figure[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (positionals.length > 0 ? !positionals.includes(name) : ON_REQUEST.includes(name)) continue;
  for (const figure of await bench()) {
    figures.push(figure);
    const { metric, unit, ours, reference, ratio } = figure;
    process.stdout.write(
      `${name} (${metric}): ours ${ours} ${unit}, reference ${reference} ${unit}, ratio ${ratio}\n`,
    );
  }
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
process.exit(0);
