/** The parts of the dashboard's rows, in the form of Grafana's JSON. */

export type Unit = 'short' | 's' | 'bytes' | 'percentunit' | 'none' | 'cps' | 'dateTimeFromNow';

/** A colour for values from `from` upwards; the first step has `from: null` and starts at minus infinity. */
export interface ThresholdStep {
  readonly from: number | null;
  readonly color: 'green' | 'orange' | 'red' | 'blue' | 'text';
}

/** A query, and the name of its lines. */
export interface PanelQuery {
  readonly expr: string;
  /** Grafana's template, such as `{{label}}`. */
  readonly legend: string;
}

export interface Panel {
  readonly type: 'stat' | 'timeseries' | 'table';
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  readonly steps: readonly ThresholdStep[];
  readonly queries: readonly PanelQuery[];
  /** Width in 24ths of the dashboard. */
  readonly width: number;
  readonly stacked?: boolean;
  readonly max?: number;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Selects the namespaces of the variable; `.*` of "All" also matches series without the label. */
export const HERE = 'namespace=~"$namespace"';
/** Selects our own processes, because metrics of Node and of the process have the same names everywhere. */
export const OURS = `and on (namespace, job, instance) drawbridge_build_info{${HERE}}`;

export const NEUTRAL: readonly ThresholdStep[] = [{ from: null, color: 'blue' }];

/** Green, then orange and red from these values upwards. */
export function upTo(orange: number, red: number): readonly ThresholdStep[] {
  return [
    { from: null, color: 'green' },
    { from: orange, color: 'orange' },
    { from: red, color: 'red' },
  ];
}

/** Red below the first value, orange below the second, green from there on. */
export function atLeast(orange: number, green: number): readonly ThresholdStep[] {
  return [
    { from: null, color: 'red' },
    { from: orange, color: 'orange' },
    { from: green, color: 'green' },
  ];
}

type Rest = Pick<Panel, 'description' | 'unit' | 'queries'> &
  Partial<Pick<Panel, 'steps' | 'width' | 'stacked' | 'max'>>;

export const stat = (title: string, rest: Rest): Panel => ({
  type: 'stat',
  title,
  width: 4,
  steps: NEUTRAL,
  ...rest,
});

export const lines = (title: string, rest: Rest): Panel => ({
  type: 'timeseries',
  title,
  width: 8,
  steps: NEUTRAL,
  ...rest,
});

export const table = (title: string, rest: Rest): Panel => ({
  type: 'table',
  title,
  width: 8,
  steps: NEUTRAL,
  ...rest,
});

export const query = (expr: string, legend: string): PanelQuery => ({ expr, legend });

/** Rate of a counter in the interval of each point, by labels. */
export function events(metric: string, by: string, matchers = ''): PanelQuery {
  const selector = [HERE, matchers].filter((text) => text !== '').join(', ');
  const legend = by
    .split(', ')
    .map((label) => `{{${label}}}`)
    .join(' ');
  return query(`sum by (${by}) (rate(${metric}{${selector}}[$__rate_interval]))`, legend);
}

/** Quantiles of a histogram, over all series or by labels. */
export function quantiles(metric: string, of: readonly number[], by?: string): readonly PanelQuery[] {
  const labels = by === undefined ? 'le' : `le, ${by}`;
  const suffix = (by ?? '')
    .split(', ')
    .map((label) => (label === '' ? '' : ` {{${label}}}`))
    .join('');
  return of.map((quantile) =>
    query(
      `histogram_quantile(${quantile}, sum by (${labels}) ` +
        `(rate(${metric}_bucket{${HERE}}[$__rate_interval])))`,
      `p${Math.round(quantile * 100)}${suffix}`,
    ),
  );
}

/** A gauge that every process reads from the database: takes the maximum. */
export function whole(metric: string, by: string, matchers = ''): PanelQuery {
  const selector = [HERE, matchers].filter((text) => text !== '').join(', ');
  const legend = by
    .split(', ')
    .map((label) => `{{${label}}}`)
    .join(' ');
  return query(`max by (${by}) (${metric}{${selector}})`, legend);
}
