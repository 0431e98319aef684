/** Converts rows into Grafana's JSON of a dashboard. */
import type { Panel, Row, ThresholdStep } from './panel.ts';
import { DATASOURCE, datasource, namespace, versions } from './variables.ts';

const HEIGHT = { stat: 4, timeseries: 8, table: 8 } as const;
const WIDTH = 24;

export function dashboardOf(rows: readonly Row[]): object {
  return {
    uid: 'drawbridge',
    title: 'Drawbridge',
    description: 'From the webhook to the verdict: docs/monitoring.md',
    tags: ['drawbridge'],
    editable: true,
    graphTooltip: 1,
    schemaVersion: 39,
    version: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'browser',
    templating: { list: [datasource, namespace] },
    annotations: { list: [versions] },
    panels: placed(rows),
  };
}

/** Places panels from left to right; the highest panel sets the height of a row. */
function placed(rows: readonly Row[]): object[] {
  const all: object[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    all.push({
      id: all.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { h: 1, w: WIDTH, x: 0, y },
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of panels) {
      if (x + panel.width > WIDTH) [x, y, height] = [0, y + height, 0];
      const h = HEIGHT[panel.type];
      all.push(panelOf(panel, all.length + 1, { h, w: panel.width, x, y }));
      [x, height] = [x + panel.width, Math.max(height, h)];
    }
    y += height;
  }
  return all;
}

function panelOf(panel: Panel, id: number, gridPos: object): object {
  const { type, title, description, queries, unit, steps, max } = panel;
  return {
    id,
    type,
    title,
    description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(max !== undefined && { max }),
        color: { mode: type === 'timeseries' ? 'palette-classic' : 'thresholds' },
        thresholds: { mode: 'absolute', steps: steps.map(stepOf) },
        ...(type === 'timeseries' && { custom: drawnAs(panel) }),
      },
      overrides: [],
    },
    options: OPTIONS[type],
    ...(type === 'table' && { transformations: [WITHOUT_VALUES] }),
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      editorMode: 'code',
      expr,
      legendFormat: legend,
      range: type === 'timeseries',
      instant: type !== 'timeseries',
      ...(type === 'table' && { format: 'table' }),
    })),
  };
}

/** A table shows the labels of a metric, not its value. */
const WITHOUT_VALUES = { id: 'organize', options: { excludeByName: { Time: true, Value: true } } };

const stepOf = ({ from, color }: ThresholdStep): object => ({ value: from, color });

function drawnAs({ stacked, steps }: Panel): object {
  return {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: stacked ? 30 : 10,
    showPoints: 'auto',
    spanNulls: false,
    stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
    thresholdsStyle: { mode: steps.length > 1 ? 'dashed' : 'off' },
  };
}

const OPTIONS = {
  stat: {
    colorMode: 'value',
    graphMode: 'none',
    justifyMode: 'auto',
    orientation: 'auto',
    textMode: 'auto',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  table: { showHeader: true, cellHeight: 'sm', footer: { show: false } },
} as const;
