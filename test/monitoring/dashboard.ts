/** The panels of deploy/monitoring/dashboard.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './rules.js';

export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit: string;
      readonly max?: number;
      readonly thresholds: {
        readonly steps: readonly { readonly value: number | null; readonly color: string }[];
      };
    };
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const DASHBOARD = join(ROOT, 'deploy/monitoring/dashboard.json');

export const { panels: PANELS } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as { panels: DashboardPanel[] };

export const DRAWN = PANELS.filter(({ type }) => type !== 'row');

/** The expression that Grafana sends when every variable is set to all. */
export const filledIn = (expr: string, range: string, rateInterval: string): string =>
  expr
    .replaceAll('$namespace', '.*')
    .replaceAll('$__range', range)
    .replaceAll('$__rate_interval', rateInterval);
