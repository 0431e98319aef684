import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Which processes show a metric: those with a role, or all. */
export const EXPORTERS = ['every', 'web', 'worker'] as const;
export type Exporter = (typeof EXPORTERS)[number];

/** The metrics of each kind of process; one process may be several. */
export const registries: Record<Exporter, Registry> = {
  every: new Registry(),
  web: new Registry(),
  worker: new Registry(),
};
collectDefaultMetrics({ register: registries.every });
// Has no sample but in the moment of a request; the total of them stays.
registries.every.removeSingleMetric('nodejs_active_requests');

/** What docs/metrics.md says of a metric; `help` is also what a scraper reads. */
export interface Definition<Label extends string = string> {
  /** By Prometheus' convention: the unit comes last, before `_total`. */
  name: string;
  help: string;
  exporter: Exporter;
  /** The values of each label; in words where they are not known before a process runs. */
  labels?: Record<Label, readonly string[] | string>;
  /** More that a reader should know. */
  note?: string;
}

export interface HistogramDefinition<Label extends string = string> extends Definition<Label> {
  /** Upper bounds, ascending. */
  buckets: readonly number[];
}

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** Everything of ours, in the order in which it is documented. */
export const definitions: (Definition & { type: MetricType })[] = [];

/** Counts facts. A series whose labels are known beforehand begins at 0, so that its first fact is an increase. */
export function counter<const Label extends string = never>(definition: Definition<Label>): Counter<Label> {
  const metric = new Counter<Label>(declare('counter', definition));
  for (const labels of combinations(definition)) metric.inc(labels, 0);
  return metric;
}

/** Shows how things stand. It has no value until it is set. */
export function gauge<const Label extends string = never>(definition: Definition<Label>): Gauge<Label> {
  const metric = new Gauge<Label>(declare('gauge', definition));
  if (definition.labels === undefined) unset(metric);
  return metric;
}

/** Takes the value of a gauge without labels away: nobody knows it. */
export function unset(metric: Gauge): void {
  metric.remove();
}

export function histogram<const Label extends string = never>(
  definition: HistogramDefinition<Label>,
): Histogram<Label> {
  const buckets = [...definition.buckets];
  const metric = new Histogram<Label>({ ...declare('histogram', definition), buckets });
  for (const labels of combinations(definition)) metric.zero(labels);
  return metric;
}

function declare<Label extends string>(type: MetricType, definition: Definition<Label>) {
  definitions.push({ ...definition, type });
  const { name, help, labels, exporter } = definition;
  return { name, help, labelNames: Object.keys(labels ?? {}) as Label[], registers: [registries[exporter]] };
}

/** Every combination of labels, where all values are known. */
export function combinations<Label extends string>({
  labels,
}: Pick<Definition<Label>, 'labels'>): Record<Label, string>[] {
  const entries = Object.entries<readonly string[] | string>(labels ?? {});
  if (entries.length === 0 || entries.some(([, values]) => typeof values === 'string')) return [];
  return entries.reduce<Record<string, string>[]>(
    (all, [label, values]) =>
      all.flatMap((one) => [values].flat().map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}
