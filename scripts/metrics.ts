/**
 * Writes the tables of docs/metrics.md from the metrics that src/metrics and Node define.
 *
 *   node scripts/metrics.ts           writes them
 *   node scripts/metrics.ts --check   fails if they are outdated
 */
import { format, resolveConfig } from 'prettier';
import { table, withRegion, writeOrCheck } from './generated-files.ts';
import { followSources } from './sources.ts';

followSources();
const { definitions, registries } = await import('../src/metrics/definitions/all.ts');

const PATH = 'docs/metrics.md';
type Metric = (typeof definitions)[number];

const code = (text: string): string => `\`${text}\``;
/** Escapes `|`, which would end a cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

function labelsOf({ labels }: Metric): string {
  const named = Object.entries<readonly string[] | string>(labels ?? {});
  const values = (of: readonly string[] | string): string =>
    typeof of === 'string' ? of : of.map(code).join(', ');
  return named.map(([name, of]) => `**${name}**: ${values(of)}`).join('<br>');
}

function unitOf(name: string): string {
  if (name.endsWith('_timestamp_seconds')) return 'seconds since 1970';
  return name.endsWith('_seconds') ? 'seconds' : '';
}

const sentence = (text: string): string => (/[.!]$/.test(text) ? text : `${text}.`);

const ours = (): string =>
  table(
    ['name', 'type', 'labels', 'unit', 'shown by', 'meaning'],
    definitions.map((metric) => {
      const { name, type, exporter, help, note } = metric;
      const meaning = [help, ...(note === undefined ? [] : [note])].map(sentence).join(' ');
      return [code(name), type, labelsOf(metric), unitOf(name), exporter, meaning].map(cell);
    }),
  );

function nodes(): string {
  const own = new Set(definitions.map(({ name }) => name));
  const all = registries.every.getMetricsAsArray();
  const rest = all.filter(({ name }) => !own.has(name));
  return table(
    ['name', 'meaning'],
    rest.map(({ name, help }) => [code(name), sentence(help)].map(cell)),
  );
}

async function page(present: string): Promise<string> {
  const text = withRegion(withRegion(present, 'ours', ours()), 'node', nodes());
  return format(text, { ...(await resolveConfig(PATH)), filepath: PATH });
}

// On other systems Node exports fewer metrics, so the page would look outdated.
if (process.platform === 'linux') await writeOrCheck('scripts/metrics.ts', [{ path: PATH, text: page }]);
else console.error('scripts/metrics.ts: docs/metrics.md is written and checked on Linux only');
