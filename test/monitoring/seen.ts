/** Queries the dashboard's panels from a Prometheus, as data for `drawing.js`. */
import { DRAWN, filledIn, type DashboardPanel } from './dashboard.js';
import type { Prometheus, Series } from './prometheus.js';

const STEP_SECONDS = 2;

interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

interface Seen {
  readonly panel: DashboardPanel;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** The labels of each series, which a table shows. */
  readonly rows: readonly Readonly<Record<string, string>>[];
}

export async function lookAt(prometheus: Prometheus, minutes: number): Promise<Seen[]> {
  const end = Math.floor(Date.now() / 1000);
  const count = (minutes * 60) / STEP_SECONDS;
  const times = Array.from({ length: count }, (_, index) => end - (count - 1 - index) * STEP_SECONDS);
  return Promise.all(
    DRAWN.map(async (panel) => {
      const found = await Promise.all(
        (panel.targets ?? []).map(async ({ expr, legendFormat }) => {
          const series = await prometheus.range(filledIn(expr, `${minutes}m`, '30s'), minutes, STEP_SECONDS);
          return series.map((one) => ({ one, line: lineOf(one, legendFormat, times) }));
        }),
      );
      const all = found.flat();
      return { panel, times, lines: all.map(({ line }) => line), rows: all.map(({ one }) => one.metric) };
    }),
  );
}

/**
 * Maps an answer's steps to the nearest of `times`: steps start at the query's time, which is not a whole
 * second.
 */
function lineOf({ metric, values }: Series, legend: string, times: readonly number[]): Line {
  const first = times[0] ?? 0;
  const placed: (number | null)[] = times.map(() => null);
  for (const [at, text] of values) {
    const index = Math.round((at - first) / STEP_SECONDS);
    const value = Number(text);
    if (index >= 0 && index < placed.length && Number.isFinite(value)) placed[index] = value;
  }
  const label = legend.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => metric[name] ?? '').trim();
  return { label: label === '' ? 'none' : label, values: placed };
}
