/**
 * Our value and the value of a reference from the same run. Absolute values vary with the machine; ratios
 * vary less.
 */
export interface Figure {
  bench: string;
  metric: string;
  unit: string;
  ours: number;
  reference: number;
  ratio: number;
}

export function median(values: number[]): number {
  return percentile(values, 50);
}

export function percentile(values: number[], p: number): number {
  if (values.length === 0) throw new Error('bench: nothing was measured');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))] as number;
}

/** Returns the medians of alternating rounds. */
export function figure(
  bench: string,
  metric: string,
  unit: string,
  ours: number[],
  reference: number[],
): Figure {
  const [a, b] = [median(ours), median(reference)];
  return { bench, metric, unit, ours: round(a), reference: round(b), ratio: round(a / b) };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** Runs `work`, which does something `count` times, and returns the number per second. */
export async function rate(count: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (count * 1000) / (performance.now() - start);
}
