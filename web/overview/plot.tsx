import { useEffect, useId, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { painted } from '../shell/theme.js';
import { draw } from './drawing.js';

export interface PlotLine {
  readonly label: string;
  /** A colour of the style sheet. */
  readonly colour: 'accent' | 'good' | 'bad' | 'busy' | 'quiet';
  /** One for each time; null if nothing was measured. */
  readonly values: readonly (number | null)[];
}

export interface PlotProps {
  title: string;
  /** What the plot shows, in a sentence. */
  summary: string;
  /** Seconds since 1970. */
  times: readonly number[];
  lines: readonly PlotLine[];
  format: (value: number) => string;
  /** True for counts: the axis has only whole numbers. */
  whole?: boolean;
  /** True inside a section with its own heading. */
  inner?: boolean;
}

/** Draws lines over time on a canvas. A table contains the same numbers for screen readers. */
export function Plot(props: PlotProps) {
  const { title, summary, lines, inner = false } = props;
  const id = useId();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const version = painted.value;
  useEffect(() => {
    if (host.current === null) return;
    const drawn = draw(host.current, props);
    plot.current = drawn.plot;
    return drawn.remove;
  }, [version]);
  useEffect(() => {
    plot.current?.setData([[...props.times], ...lines.map(({ values }) => [...values])]);
  }, [props.times.at(-1), JSON.stringify(lines.map(({ values }) => values))]);
  const Heading = inner ? 'h3' : 'h2';
  return (
    <figure class={inner ? 'plot inner' : 'plot'} aria-labelledby={id}>
      <Heading id={id}>{title}</Heading>
      <figcaption>{summary}</figcaption>
      <div ref={host} class="canvas" aria-hidden="true" />
      <Numbers {...props} />
    </figure>
  );
}

function Numbers({ title, times, lines, format }: PlotProps) {
  const rows = times.flatMap((time, index) => {
    const values = lines.map((line) => line.values[index] ?? null);
    return values.some((value) => value !== null && value !== 0) ? [{ time, values }] : [];
  });
  return (
    <details class="numbers">
      <summary>As a table</summary>
      {rows.length === 0 ? (
        <p class="hint">No values in this period.</p>
      ) : (
        <table aria-label={title}>
          <thead>
            <tr>
              <th>From (UTC)</th>
              {lines.map(({ label }) => (
                <th key={label} class="number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ time, values }) => (
              <tr key={time}>
                <th scope="row">{new Date(time * 1000).toISOString().slice(11, 16)}</th>
                {values.map((value, index) => (
                  <td key={index} class="number">
                    {value === null ? '–' : format(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
