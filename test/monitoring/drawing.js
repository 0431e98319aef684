/* Runs in a browser, after uPlot: draws the panels of a dashboard as Grafana would place them. */

const COLORS = [
  '#2f6fde',
  '#2f9e5b',
  '#d98511',
  '#c93a3a',
  '#7b57c8',
  '#168b99',
  '#b0527e',
  '#6d7684',
  '#8a6d1f',
  '#444c9c',
];
const STEP_COLORS = { green: '#23854a', orange: '#c26f00', red: '#c22f2f', blue: '#2459b8', text: '#1f2630' };
const COLUMN = 66;
const ROW = 30;

const FORMATS = {
  s: (value) =>
    value === 0
      ? '0 s'
      : value < 1
        ? `${trim(value * 1000)} ms`
        : value < 120
          ? `${trim(value)} s`
          : `${trim(value / 60)} min`,
  percentunit: (value) => `${trim(value * 100)} %`,
  bytes: (value) => (value >= 1e9 ? `${trim(value / 2 ** 30)} GiB` : `${trim(value / 2 ** 20)} MiB`),
  cps: (value) => `${trim(value)}/s`,
  short: trim,
  none: trim,
};

function trim(value) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

function colorOf(steps, value) {
  const reached = steps.filter((step) => step.value === null || value >= step.value);
  return STEP_COLORS[reached.at(-1)?.color ?? 'text'];
}

const last = (values) => values.findLast((value) => value !== null) ?? null;

function element(parent, name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

/** Called with the result of `lookAt`, and the rows' titles. */
globalThis.drawDashboard = (host, seen, heads) => {
  const all = [...heads.map((panel) => ({ panel })), ...seen];
  for (const one of all) {
    const { x, y, w, h } = one.panel.gridPos;
    const box = element(host, 'section', one.panel.type);
    Object.assign(box.style, {
      left: `${x * COLUMN}px`,
      top: `${y * ROW}px`,
      width: `${w * COLUMN - 8}px`,
      height: `${h * ROW - 8}px`,
    });
    element(box, 'h2', '', one.panel.title);
    DRAW[one.panel.type](box, one);
  }
  host.style.height = `${Math.max(...all.map(({ panel }) => panel.gridPos.y + panel.gridPos.h)) * ROW}px`;
};

const DRAW = {
  row: () => undefined,
  stat(box, { panel, lines }) {
    const { unit, thresholds } = panel.fieldConfig.defaults;
    const values = element(box, 'div', 'values');
    for (const { label, values: of } of lines) {
      const value = last(of);
      const one = element(values, 'p', 'value', value === null ? '–' : FORMATS[unit](value));
      one.style.color = colorOf(thresholds.steps, value ?? 0);
      if (lines.length > 1) element(one, 'small', '', label);
    }
  },
  table(box, { rows }) {
    const table = element(box, 'table');
    const names = Object.keys(rows[0] ?? {});
    const head = element(table, 'tr');
    for (const name of names) element(head, 'th', '', name);
    for (const row of rows) {
      const line = element(table, 'tr');
      for (const name of names) element(line, 'td', '', row[name]);
    }
  },
  timeseries(box, { panel, times, lines }) {
    const { unit, max, custom } = panel.fieldConfig.defaults;
    const shown = lines.toSorted((one, other) => sumOf(other) - sumOf(one));
    const stacked = custom.stacking.mode === 'normal';
    const values = stacked ? stack(shown) : shown.map((line) => line.values);
    const plot = element(box, 'div', 'plot');
    const legend = element(box, 'p', 'legend');
    shown.forEach(({ label, values: of }, index) => {
      const entry = element(
        legend,
        'span',
        '',
        `${label} ${last(of) === null ? '–' : FORMATS[unit](last(of))}`,
      );
      entry.style.setProperty('--color', COLORS[index % COLORS.length]);
    });
    const axis = {
      stroke: '#5a6472',
      font: '11px sans-serif',
      grid: { stroke: '#e8ebef', width: 1 },
      ticks: { show: false },
    };
    const height = box.clientHeight - plot.offsetTop - legend.offsetHeight - 4;
    // eslint-disable-next-line no-new -- the constructor draws
    new globalThis.uPlot(
      {
        width: box.clientWidth - 12,
        height,
        legend: { show: false },
        cursor: { show: false },
        tzDate: (seconds) => globalThis.uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
        scales: {
          y: { range: (_, __, top) => [0, max ?? ((top ?? 0) * 1.1 || 1)] },
        },
        axes: [
          { ...axis, size: 24, space: 45, values: '{HH}:{mm}' },
          { ...axis, size: 62, values: (_, splits) => splits.map((value) => FORMATS[unit](value)) },
        ],
        series: [
          {},
          ...shown.map((_, index) => ({
            stroke: COLORS[index % COLORS.length],
            width: 1.4,
            points: { show: false },
            spanGaps: true,
            fill: stacked ? `${COLORS[index % COLORS.length]}40` : undefined,
          })),
        ],
      },
      [times, ...values],
      plot,
    );
  },
};

const sumOf = ({ values }) => values.reduce((sum, value) => sum + (value ?? 0), 0);

/** Stacks the lines: each is drawn on top of the later ones, so the first one encloses all. */
function stack(lines) {
  return lines.map((_, from) =>
    lines[0].values.map((__, at) =>
      lines.slice(from).reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
    ),
  );
}
