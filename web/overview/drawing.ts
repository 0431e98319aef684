import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { PlotLine, PlotProps } from './plot.js';

const HEIGHT = 170;
const FONT = '11px system-ui, sans-serif';
const DASHES: (number[] | undefined)[] = [undefined, [6, 3], [2, 3], [8, 3, 2, 3]];

/** Draws into `host` at its full width. `remove` removes the drawing. */
export function draw(host: HTMLElement, props: PlotProps): { plot: uPlot; remove: () => void } {
  const plot = new uPlot(optionsOf(host, props), dataOf(props), host);
  const observer = new ResizeObserver(() => {
    if (host.clientWidth > 0) plot.setSize({ width: host.clientWidth, height: HEIGHT });
  });
  observer.observe(host);
  return {
    plot,
    remove: () => {
      observer.disconnect();
      plot.destroy();
    },
  };
}

const dataOf = ({ times, lines }: PlotProps): uPlot.AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
];

function optionsOf(host: HTMLElement, { lines, format, whole = false }: PlotProps): uPlot.Options {
  const colour = (name: string): string => colourOf(host, name);
  const axis = { stroke: colour('soft'), font: FONT, grid: { stroke: colour('line'), width: 1 } };
  const values = (_: uPlot, splits: number[]): string[] => splits.map(format);
  return {
    width: Math.max(host.clientWidth, 200),
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    legend: { live: true },
    cursor: { y: false, drag: { setScale: false, x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(max ?? 0, whole ? 4 : 100) * 1.1] } },
    axes: [
      { ...axis, ticks: { show: false }, size: 26, space: 70, values: '{HH}:{mm}' },
      { ...axis, ticks: { show: false }, size: 58, values, ...(whole && { incrs: WHOLE }) },
    ],
    series: [
      { value: '{HH}:{mm} UTC' },
      ...lines.map((line, index) => seriesOf(line, index, colour, format)),
    ],
  };
}

const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000];

/** Lines differ in color and in dashes. */
function seriesOf(
  { label, colour }: PlotLine,
  index: number,
  resolve: (name: string) => string,
  format: (value: number) => string,
): uPlot.Series {
  const dash = DASHES[index % DASHES.length];
  return {
    label,
    stroke: resolve(colour),
    width: 1.6,
    spanGaps: false,
    points: { show: true, size: 6, fill: resolve(colour), filter: lonely },
    value: (_, value: number | null) => (value === null || value === undefined ? '–' : format(value)),
    ...(dash && { dash }),
  };
}

/** Indexes of values without a measured neighbour, where a line would have no length. */
function lonely({ data }: uPlot, seriesIdx: number): number[] {
  const values = data[seriesIdx] ?? [];
  const has = (at: number): boolean => typeof values[at] === 'number';
  return [...values.keys()].filter((at) => has(at) && !has(at - 1) && !has(at + 1));
}

/** Reads a colour of the style sheet in the present theme. */
function colourOf(host: HTMLElement, name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name})`;
  host.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
