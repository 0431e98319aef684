import { plain, tint, toneOf } from './text.js';

export interface Column<Row> {
  readonly title: string;
  readonly of: (row: Row) => string | number | null;
  /** Where it is cut when the table is too wide; what is not said is never cut. */
  readonly cut?: 'end' | 'middle';
  /** Coloured by the word that stands in it. */
  readonly toned?: true;
  /** Shown only where there is at least this much room. */
  readonly from?: number;
}

const GAP = '  ';
const LEAST = 6;
const USUAL_WIDTH = 80;

/** Of the terminal; what is no terminal is as wide as the usual one. */
export const widthHere = (): number => (process.stdout.isTTY ? process.stdout.columns : USUAL_WIDTH);

/** A head and a line for each row, in columns; no line longer than `width` as far as the columns allow it. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number = widthHere(),
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

/** The widest column that may be cut gives way first. */
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

/** `…` stands for what is left out: in the middle of ids, whose ends tell them apart. */
export function cut(text: string, width: number, where: 'end' | 'middle' = 'end'): string {
  if (text.length <= width) return text;
  const kept = Math.max(width - 1, 0);
  const front = where === 'end' ? kept : Math.ceil(kept / 2);
  return `${text.slice(0, front)}…${text.slice(text.length - (kept - front))}`;
}
