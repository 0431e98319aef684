import { isWorking, STATES, WORKING, type State } from '../../state-machine/action-state.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { COUNTED_UP_TO, type Quantiles, type SummaryAnswer, type WindowName } from './summary-answer.js';
import { CALLS, FAILURES, FLOW, LAST_ERROR, STATES_NOW } from './summary-queries.js';
import { WINDOWS, windowOf, type Window } from './window.js';

interface Kept {
  until: number;
  summary: Promise<SummaryAnswer>;
}

/** A reading that takes longer is given up on: the next one who asks begins another. */
const READING_MS = 60_000;

/** Reads the summary, once for all who see the same and ask at about the same time: a longer window is kept for longer. */
export class Summaries {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  get(sight: InstallationScope, name: WindowName): Promise<SummaryAnswer> {
    const now = this.now();
    for (const [key, { until }] of this.kept) if (until <= now) this.kept.delete(key);
    const key = `${name} ${sight.key}`;
    const kept = this.kept.get(key) ?? this.read(sight, name, key);
    this.kept.set(key, kept);
    return kept.summary;
  }

  /** While a database that is slow still reads one, it need not read another. */
  private read(sight: InstallationScope, name: WindowName, key: string): Kept {
    const summary = sight.snapshot((snapshot) => read(snapshot, name));
    const kept = { until: this.now() + READING_MS, summary };
    summary.then(
      () => (kept.until = this.now() + WINDOWS[name].keepMs),
      () => this.kept.get(key) === kept && this.kept.delete(key), // whoever asked hears of it
    );
    return kept;
  }
}

async function read(sight: InstallationScope, name: WindowName): Promise<SummaryAnswer> {
  const [clock] = await sight.plain<{ now: Date }>('SELECT clock_timestamp() AS now');
  if (clock === undefined) throw new Error('summary: the database does not say what time it is');
  const window = windowOf(name, clock.now);
  const { from, to, bucketSeconds } = window;
  return {
    at: to.toISOString(),
    window: { name, from: from.toISOString(), to: to.toISOString(), bucketSeconds },
    ...(await readStates(sight)),
    ...(await readFlow(sight, window)),
    provisioners: await readFailures(sight, window),
    vercel: await readCalls(sight, window),
  };
}

interface StateRow {
  state: State;
  count: number;
  id: string | null;
  createdAt: Date | null;
  seconds: number | null;
}

/** By the index alone, also where statistics make the table look small. */
async function readStates(
  sight: InstallationScope,
): Promise<Pick<SummaryAnswer, 'states' | 'countedUpTo' | 'oldest'>> {
  await sight.plain('SET LOCAL enable_seqscan = off');
  const rows = await sight.query<StateRow>(STATES_NOW, [STATES, COUNTED_UP_TO, WORKING]);
  await sight.plain('SET LOCAL enable_seqscan = on');
  const states = Object.fromEntries(rows.map(({ state, count }) => [state, count])) as Record<State, number>;
  const oldest = rows.flatMap(({ state, id, createdAt, seconds }) =>
    isWorking(state) && id !== null && createdAt !== null
      ? [{ state, actionId: id, createdAt: createdAt.toISOString(), seconds: Math.floor(seconds ?? 0) }]
      : [],
  );
  return { states, countedUpTo: COUNTED_UP_TO, oldest };
}

interface FlowRow {
  from: Date | null;
  started: number;
  succeeded: number;
  failed: number;
  canceled: number;
  measured: number;
  quantiles: (number | null)[] | null;
}

async function readFlow(
  sight: InstallationScope,
  { from, to, bucketSeconds, starts }: Window,
): Promise<Pick<SummaryAnswer, 'flow' | 'unblock' | 'buckets'>> {
  const rows = await sight.query<FlowRow>(FLOW, [from, to, bucketSeconds]);
  const byStart = new Map(rows.map((row) => [row.from?.getTime(), row]));
  const whole = byStart.get(undefined);
  return {
    flow: flowOf(whole),
    unblock: { count: whole?.measured ?? 0, ...quantilesOf(whole?.quantiles) },
    buckets: starts.map((start) => {
      const row = byStart.get(start.getTime());
      return { from: start.toISOString(), ...flowOf(row), ...quantilesOf(row?.quantiles) };
    }),
  };
}

function flowOf(row: FlowRow | undefined): SummaryAnswer['flow'] {
  const { started = 0, succeeded = 0, failed = 0, canceled = 0 } = row ?? {};
  return { started, succeeded, failed, canceled };
}

function quantilesOf(quantiles: (number | null)[] | null | undefined): Quantiles {
  const [p50Ms = null, p95Ms = null, p99Ms = null] = (quantiles ?? []).map(rounded);
  return { p50Ms, p95Ms, p99Ms };
}

const rounded = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 10) / 10);

interface FailureRow {
  action: string;
  event: string;
  reason: string | null;
  count: number;
  at: Date;
  actionId: string | null;
  statusText: string | null;
}

async function readFailures(
  sight: InstallationScope,
  { from, to }: Window,
): Promise<SummaryAnswer['provisioners']> {
  const rows = await sight.query<FailureRow>(FAILURES, [from, to]);
  const bySlug = [...Map.groupBy(rows, (row) => row.action)];
  return bySlug
    .flatMap(([action, ofSlug]) => failingOf(action, ofSlug))
    .toSorted((a, b) => b.failed - a.failed || (a.action < b.action ? -1 : 1));
}

function failingOf(action: string, rows: FailureRow[]): SummaryAnswer['provisioners'] {
  const failures = rows.filter((row) => row.event !== 'accepted');
  const last = failures.toSorted((a, b) => b.at.getTime() - a.at.getTime())[0];
  const { actionId = null, at, statusText = null } = last ?? {};
  if (actionId === null || at === undefined) return [];
  return [
    {
      action,
      succeeded: sum(rows.filter((row) => row.event === 'accepted')),
      failed: sum(failures),
      reasons: Object.fromEntries(failures.map(({ event, reason, count }) => [reason ?? event, count])),
      last: { actionId, at: at.toISOString(), statusText },
    },
  ];
}

const sum = (rows: FailureRow[]): number => rows.reduce((total, { count }) => total + count, 0);

interface CallsRow {
  from: Date | null;
  operation: string | null;
  calls: number;
  failed: number;
  rateLimited: number;
  quantiles: (number | null)[] | null;
}

async function readCalls(sight: InstallationScope, window: Window): Promise<SummaryAnswer['vercel']> {
  const { from, to, bucketSeconds, starts } = window;
  const rows = await sight.query<CallsRow>(CALLS, [from, to, bucketSeconds]);
  const whole = rows.find((row) => row.from === null && row.operation === null);
  const byStart = new Map(rows.map((row) => [row.from?.getTime(), row]));
  const errors = await sight.query<SqlError>(LAST_ERROR, [from, to]);
  const lastError = errors[0] ?? null;
  return {
    calls: whole?.calls ?? 0,
    failed: whole?.failed ?? 0,
    ...quantilesOf(whole?.quantiles),
    operations: rows.flatMap(operationOf).toSorted((a, b) => (a.operation < b.operation ? -1 : 1)),
    lastError: lastError && { ...lastError, at: lastError.at.toISOString() },
    buckets: starts.map((start) => {
      const { calls = 0, failed = 0, quantiles } = byStart.get(start.getTime()) ?? {};
      return { from: start.toISOString(), calls, failed, p95Ms: quantilesOf(quantiles).p95Ms };
    }),
  };
}

interface SqlError {
  at: Date;
  operation: string;
  status: number | null;
  code: string | null;
}

function operationOf(row: CallsRow): SummaryAnswer['vercel']['operations'] {
  const { operation, calls, failed, rateLimited, quantiles } = row;
  return operation === null ? [] : [{ operation, calls, failed, rateLimited, ...quantilesOf(quantiles) }];
}
