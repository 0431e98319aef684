import type { SummaryAnswer } from '../../src/api/summary/summary-answer.js';
import { duration } from '../ui/time.js';
import { Plot, type PlotLine } from './plot.js';

type Bucket = SummaryAnswer['buckets'][number];

const seconds = (iso: string): number => Date.parse(iso) / 1000;
const inMs = (value: number): string => duration(value);
const perBucket = ({ bucketSeconds }: SummaryAnswer['window']): string =>
  bucketSeconds === 60 ? 'per minute' : `in ${bucketSeconds / 60} minutes`;
const inCount = (value: number): string => value.toLocaleString('en');

export function ThroughputPlot({ summary: { buckets, flow, window } }: { summary: SummaryAnswer }) {
  const lines: PlotLine[] = [
    { label: 'started', colour: 'accent', values: buckets.map(({ started }) => started) },
    { label: 'succeeded', colour: 'good', values: buckets.map(({ succeeded }) => succeeded) },
    { label: 'failed', colour: 'bad', values: buckets.map(({ failed }) => failed) },
    { label: 'canceled', colour: 'quiet', values: buckets.map(({ canceled }) => canceled) },
  ];
  const { started, succeeded, failed, canceled } = flow;
  return (
    <Plot
      title={`Throughput ${perBucket(window)}`}
      summary={`${started} started, ${succeeded} succeeded, ${failed} failed, ${canceled} canceled.`}
      times={timesOf(buckets)}
      lines={lines}
      format={inCount}
      whole
    />
  );
}

export function UnblockPlot({ summary: { buckets, unblock } }: { summary: SummaryAnswer }) {
  const lines: PlotLine[] = [
    { label: 'p50', colour: 'accent', values: buckets.map(({ p50Ms }) => p50Ms) },
    { label: 'p95', colour: 'busy', values: buckets.map(({ p95Ms }) => p95Ms) },
    { label: 'p99', colour: 'bad', values: buckets.map(({ p99Ms }) => p99Ms) },
  ];
  const { count, p50Ms, p95Ms, p99Ms } = unblock;
  const all = [p50Ms, p95Ms, p99Ms].map((ms) => (ms === null ? '–' : duration(ms)));
  return (
    <Plot
      title="Time to unblock"
      summary={
        count === 0
          ? 'No deployment was unblocked in this period.'
          : `${count} unblocked: p50 ${all[0]}, p95 ${all[1]}, p99 ${all[2]}.`
      }
      times={timesOf(buckets)}
      lines={lines}
      format={inMs}
    />
  );
}

export function VercelPlot({ vercel, window }: Pick<SummaryAnswer, 'vercel' | 'window'>) {
  const { buckets, calls, failed } = vercel;
  const lines: PlotLine[] = [
    { label: 'calls', colour: 'accent', values: buckets.map((bucket) => bucket.calls) },
    { label: 'failed', colour: 'bad', values: buckets.map((bucket) => bucket.failed) },
  ];
  return (
    <Plot
      title={`Calls ${perBucket(window)}`}
      summary={`${calls} calls, ${failed} of them failed.`}
      times={buckets.map(({ from }) => seconds(from))}
      lines={lines}
      format={inCount}
      whole
      inner
    />
  );
}

const timesOf = (buckets: Bucket[]): number[] => buckets.map(({ from }) => seconds(from));
