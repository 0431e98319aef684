import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/world.js';
import { DRAWN, filledIn } from './dashboard.js';
import { startDemo, type RunningDemo } from './demo.js';
import { deployFor } from './load.js';
import { startPrometheus, type Prometheus } from './prometheus.js';
import { ALERTS, casesOf, CASES, metricsIn, namesIn, RECORDINGS, ROOT, RUNBOOKS } from './rules.js';
import { QUERIES } from './runbooks.js';

const EVERY_SECONDS = 2;
const MINUTES = 5;
const RATE_INTERVAL = '1m';

const TARGETS = DRAWN.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr: filledIn(expr, `${MINUTES}m`, RATE_INTERVAL) })),
);
/** Labels that the scraping adds. */
const AROUND = ['__name__', 'namespace', 'job', 'instance'];
/** Labels of which only some values appear in a run. */
const OPEN = ['action', 'provisioner', 'reason', 'status', 'version', 'node', 'roles'];

/** Alerts about missing or differing series. Their values do not depend on the machine's speed. */
const MISSING = [
  'DrawbridgeNoWeb',
  'DrawbridgeNoWorker',
  'DrawbridgeDatabaseGaugesMissing',
  'DrawbridgeSeveralVersions',
  'DrawbridgeWebhooksRejected',
];

describe('a Prometheus that scrapes the demo', () => {
  let demo: RunningDemo;
  let prometheus: Prometheus;
  let scraped: Record<string, string>[];
  beforeAll(async () => {
    demo = await startDemo();
    prometheus = await startPrometheus([demo.web, demo.worker], EVERY_SECONDS);
    // The demo may have received all its webhooks before the first scrape, so that they count as no increase.
    const deployed = deployFor(6_000, await demo.played());
    // Sweeps are due every minute, so the first one may be a minute away.
    await eventually(() => hasData('drawbridge_sweep_last_success_timestamp_seconds'), 150_000);
    // Waits for metrics of the last deployments: scrapes start a few seconds after the start, and rules are
    // evaluated after that.
    await eventually(() => hasData('namespace:drawbridge_verdicts_late:ratio_rate3d'));
    await deployed;
    scraped = await prometheus.ask('series', { 'match[]': '{job="drawbridge"}' });
  });
  afterAll(async () => {
    await prometheus?.stop();
    await demo?.stop();
  });

  async function hasData(expr: string): Promise<boolean> {
    const series = await prometheus.range(expr, MINUTES, EVERY_SECONDS);
    return series.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))));
  }
  const seriesOf = (metric: string) => scraped.filter(({ __name__: name }) => name === metric);

  it.each(TARGETS)('has data for "$title" of the dashboard: $expr', async ({ expr }) => {
    await eventually(() => hasData(expr));
  });

  it.each([...ALERTS, ...RECORDINGS])('scrapes every metric that a rule reads: $alert$record', ({ expr }) => {
    const missing = metricsIn(expr).filter((metric) => seriesOf(metric).length === 0);
    expect(missing).toEqual([]);
  });

  it('evaluates every rule', async () => {
    const { groups } = await prometheus.ask<{ groups: { rules: Evaluated[] }[] }>('rules');
    const rules = groups.flatMap((group) => group.rules);
    expect(rules).toHaveLength(ALERTS.length + RECORDINGS.length);
    expect(rules.filter(({ health, lastError }) => health !== 'ok' || lastError)).toEqual([]);
  });

  it.each(RECORDINGS.filter(({ record }) => /rate(5m|3d)$/.test(record) && !/missed/.test(record)))(
    'records $record',
    async ({ record }) => {
      await eventually(() => hasData(record));
    },
  );

  it.each(namesIn(CASES))('scrapes series with the labels of those in the case of %s', (file) => {
    for (const { series } of casesOf(file).flatMap(({ input_series: input }) => input)) {
      const [, name = '', inside = ''] = /^(\w+)\{(.*)\}$/.exec(series) ?? [];
      const labels = Object.fromEntries(
        [...inside.matchAll(/(\w+)="([^"]+)"/g)].map(([, key, value]) => [key as string, value as string]),
      );
      const real = seriesOf(name);
      expect(real.map(keysOf), series).toContain(keysOf(labels));
      for (const [label, value] of Object.entries(labels).filter(
        ([key]) => isOurs(key) && !OPEN.includes(key),
      ))
        expect(
          real.map((one) => valueOf(label, one[label])),
          series,
        ).toContain(valueOf(label, value));
    }
  });
  const isOurs = (label: string): boolean => !AROUND.includes(label);
  // Prometheus 3 writes the bound 60 as `60.0`.
  const valueOf = (label: string, value = ''): string => (label === 'le' ? String(Number(value)) : value);
  const keysOf = (labels: object): string => Object.keys(labels).filter(isOurs).sort().join(' ');

  it.each(QUERIES)('answers the query of $page: $text', async ({ text }) => {
    await expect(prometheus.ask('query', { query: text })).resolves.toBeDefined();
  });

  it('scrapes every metric that runbooks and monitoring.md name', () => {
    const names = new Set(scraped.map(({ __name__: name = '' }) => name));
    const isThere = (name: string): boolean => [name, `${name}_bucket`].some((one) => names.has(one));
    const pages = [
      ...readdirSync(RUNBOOKS).map((page) => join(RUNBOOKS, page)),
      join(ROOT, 'docs/monitoring.md'),
    ];
    for (const page of pages)
      expect(
        metricsIn(readFileSync(page, 'utf8')).filter((one) => !isThere(one)),
        page,
      ).toEqual([]);
  });

  const matches = async (alert: string): Promise<number> => {
    const expr = ALERTS.find((one) => one.alert === alert)?.expr ?? '';
    return (await prometheus.ask<{ result: unknown[] }>('query', { query: expr })).result.length;
  };

  it.each(MISSING)('does not match %s while everything works', async (alert) => {
    expect(await matches(alert)).toBe(0);
  });

  it('matches the alerts about missing web and worker after both have ended', async () => {
    await demo.stop();
    await eventually(
      async () => (await matches('DrawbridgeNoWeb')) > 0 && (await matches('DrawbridgeNoWorker')) > 0,
    );
  });
});

interface Evaluated {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}
