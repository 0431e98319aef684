/** The values of these labels: what actions.yaml declares, and what stands for the rest. */
export interface Declared {
  /** Slugs, and {@link OTHER}. */
  actions: readonly string[];
  /** Names of provisioners, and {@link OTHER}. */
  provisioners: readonly string[];
}

export const OTHER = 'other';
export const ACTION_LABEL = `the slug; \`${OTHER}\` for one that actions.yaml does not declare`;
export const PROVISIONER_LABEL = `its name in actions.yaml; \`${OTHER}\` for what no declared action names any more`;

type Actions = ReadonlyMap<string, { readonly provisioner: string }>;

/** A slug comes from outside: only those that are declared become a label. */
export const actionLabel = (slug: string, actions: Actions): string => (actions.has(slug) ? slug : OTHER);

export const provisionerLabel = (slug: string, actions: Actions): string =>
  actions.get(slug)?.provisioner ?? OTHER;

/** A counter or a histogram: either can begin a series at 0. */
type Metric =
  | { inc(labels: Record<string, string>, value: number): void }
  | { zero(labels: Record<string, string>): void };
const waiting: { metric: Metric; series: (declared: Declared) => Record<string, string>[] }[] = [];

/** A metric of which each series begins at 0 once it is known what is declared. */
export function declared<Of extends Metric>(
  metric: Of,
  series: (declared: Declared) => Record<string, string>[],
): Of {
  waiting.push({ metric, series });
  return metric;
}

/** Called once the configuration is read. */
export function declareSeries(actions: Actions): void {
  const provisioners = [...new Set([...actions.values()].map(({ provisioner }) => provisioner))];
  const all = { actions: [...actions.keys(), OTHER], provisioners: [...provisioners, OTHER] };
  for (const { metric, series } of waiting) series(all).forEach((labels) => begin(metric, labels));
}

function begin(metric: Metric, labels: Record<string, string>): void {
  if ('zero' in metric) metric.zero(labels);
  else metric.inc(labels, 0);
}
