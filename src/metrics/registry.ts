import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The processes that export a metric: those with a role, or all. */
export const EXPORTERS = ['every', 'web', 'worker'] as const;
export type Exporter = (typeof EXPORTERS)[number];

/** The metrics by kind of process. A process may be of several kinds. */
export const registries: Record<Exporter, Registry> = {
  every: new Registry(),
  web: new Registry(),
  worker: new Registry(),
};
collectDefaultMetrics({ register: registries.every });
// Has samples only during a request. The total number stays available.
registries.every.removeSingleMetric('nodejs_active_requests');

/** The documentation of a metric in docs/metrics.md. `help` is also sent to scrapers. */
export interface Definition<Label extends string = string> {
  /** Follows Prometheus' convention: the unit comes last, before `_total`. */
  name: string;
  help: string;
  exporter: Exporter;
  /** The values of each label, or a description if they are known only at run time. */
  labels?: Record<Label, readonly string[] | string>;
  /** Further information for readers. */
  note?: string;
}

export interface HistogramDefinition<Label extends string = string> extends Definition<Label> {
  /** Upper bounds, ascending. */
  buckets: readonly number[];
}

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** All metrics of Drawbridge, in the order of the documentation. */
export const definitions: (Definition & { type: MetricType })[] = [];

/** Defines a counter. Series with known labels start at 0, so that the first event is an increase. */
export function counter<const Label extends string = never>(definition: Definition<Label>): Counter<Label> {
  const metric = new Counter<Label>(declare('counter', definition));
  for (const labels of combinations(definition)) metric.inc(labels, 0);
  return metric;
}

/** Defines a gauge, which has no value until it is set. */
export function gauge<const Label extends string = never>(definition: Definition<Label>): Gauge<Label> {
  const metric = new Gauge<Label>(declare('gauge', definition));
  if (definition.labels === undefined) unset(metric);
  return metric;
}

/** Removes the value of a gauge without labels because it is unknown. */
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

/** Returns every combination of label values; empty if the values of a label are not known. */
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
