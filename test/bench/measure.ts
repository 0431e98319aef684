/**
 * One figure: ours beside a reference that was measured in the same run. Absolute values drift with the
 * machine, ratios less.
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

/** Medians of rounds that were taken in turn. */
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

/** Per second, over `count` of something done by `work`. */
export async function rate(count: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (count * 1000) / (performance.now() - start);
}
