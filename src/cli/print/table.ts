import { plain, tint, toneOf } from './text.js';

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string | number | null;
  /** Position of the cut if the table is too wide. Columns without it are never cut. */
  readonly cut?: 'end' | 'middle';
  /** Colored by the value. */
  readonly toned?: true;
  /** Shown only if the terminal has at least this width. */
  readonly from?: number;
}

const GAP = '  ';
const LEAST = 6;
const DEFAULT_WIDTH = 80;

/** Returns the width of the terminal; 80 if stdout is not a terminal. */
export const terminalWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : DEFAULT_WIDTH);

/** Formats a heading and a line for each row, in columns. Cuts columns to fit `width` if they allow it. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number = terminalWidth(),
): string {
  const shown = columns.filter(({ from }) => from === undefined || width >= from);
  const cells = rows.map((row) => shown.map(({ of }) => cellOf(of(row))));
  const widths = widthsOf(shown, cells, width);
  const line = (texts: readonly string[], head: boolean): string =>
    shown
      .map((column, at) => {
        const text = cut(texts[at] ?? '', widths[at] ?? 0, column.cut);
        const padding = at === shown.length - 1 ? '' : ' '.repeat((widths[at] ?? 0) - text.length);
        return `${head || !column.toned ? text : tint(toneOf(texts[at] ?? ''), text)}${padding}`;
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      shown.map(({ title }) => title),
      true,
    ),
    ...cells.map((texts) => line(texts, false)),
  ].join('\n');
}

const cellOf = (value: string | number | null): string =>
  value === null ? '-' : plain(String(value)) || '-';

/** Shortens the widest column that may be cut, until the line fits. */
function widthsOf<Row>(columns: readonly Column<Row>[], cells: string[][], width: number): number[] {
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((texts) => texts[at]?.length ?? 0)),
  );
  const excess = (): number => widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width;
  while (excess() > 0) {
    const most = Math.max(...widths.filter((_, at) => columns[at]?.cut !== undefined));
    if (most <= LEAST) break;
    const at = widths.findIndex((one, at) => one === most && columns[at]?.cut !== undefined);
    widths[at] = most - 1;
  }
  return widths;
}

/** Replaces the excess by `…`, for ids in the middle because they differ at the end. */
export function cut(text: string, width: number, where: 'end' | 'middle' = 'end'): string {
  if (text.length <= width) return text;
  const kept = Math.max(width - 1, 0);
  const front = where === 'end' ? kept : Math.ceil(kept / 2);
  return `${text.slice(0, front)}…${text.slice(text.length - (kept - front))}`;
}
