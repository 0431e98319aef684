/** The label values: those declared in actions.yaml, and {@link OTHER} for the rest. */
export interface Declared {
  /** Slugs, and {@link OTHER}. */
  actions: readonly string[];
  /** Names of provisioners, and {@link OTHER}. */
  provisioners: readonly string[];
}

export const OTHER = 'other';
export const ACTION_LABEL = `the slug; \`${OTHER}\` for a slug that actions.yaml does not declare`;
export const PROVISIONER_LABEL = `the name in actions.yaml; \`${OTHER}\` if no declared action uses it`;

type Actions = ReadonlyMap<string, { readonly provisioner: string }>;

/** Limits labels to declared slugs, because slugs come from outside. */
export const actionLabel = (slug: string, actions: Actions): string => (actions.has(slug) ? slug : OTHER);

export const provisionerLabel = (slug: string, actions: Actions): string =>
  actions.get(slug)?.provisioner ?? OTHER;

/** A counter or a histogram. Both can start a series at 0. */
type Metric =
  | { inc(labels: Record<string, string>, value: number): void }
  | { zero(labels: Record<string, string>): void };
const waiting: { metric: Metric; series: (declared: Declared) => Record<string, string>[] }[] = [];

/** Registers a metric whose series start at 0 once the configuration is known. */
export function declared<Of extends Metric>(
  metric: Of,
  series: (declared: Declared) => Record<string, string>[],
): Of {
  waiting.push({ metric, series });
  return metric;
}

/** Starts the series of all registered metrics. Called once the configuration has been read. */
export function declareSeries(actions: Actions): void {
  const provisioners = [...new Set([...actions.values()].map(({ provisioner }) => provisioner))];
  const all = { actions: [...actions.keys(), OTHER], provisioners: [...provisioners, OTHER] };
  for (const { metric, series } of waiting) series(all).forEach((labels) => startAtZero(metric, labels));
}

function startAtZero(metric: Metric, labels: Record<string, string>): void {
  if ('zero' in metric) metric.zero(labels);
  else metric.inc(labels, 0);
}
