import { Injectable } from '@nestjs/common';
import { statusTextOf, type StatusTexts } from '../../action/status-text.js';
import { isWorking, STATES, WORKING, type State } from '../../state-machine/action-state.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';
import { COUNTED_UP_TO } from '../../metrics/definitions/actions.js';
import type { Quantiles, SummaryAnswer, WindowName } from './summary-answer.js';
import { CALLS, FAILURES, FLOW, LAST_ERROR, STATES_NOW } from './summary-queries.js';
import { WINDOWS, windowOf, type Window } from './window.js';

interface Cached {
  until: number;
  summary: Promise<SummaryAnswer>;
}

/** Time limit of a query. After that, the next request starts another one. */
const READING_MS = 60_000;

/** Reads and caches summaries per scope and window. A longer window is cached for longer. */
@Injectable()
export class Summaries {
  private readonly cached = new Map<string, Cached>();

  /** Monotonic milliseconds. */
  now = (): number => performance.now();

  get(scope: InstallationScope, name: WindowName): Promise<SummaryAnswer> {
    const now = this.now();
    for (const [key, { until }] of this.cached) if (until <= now) this.cached.delete(key);
    const key = `${name} ${scope.key}`;
    const cached = this.cached.get(key) ?? this.read(scope, name, key);
    this.cached.set(key, cached);
    return cached.summary;
  }

  /** Shares a running query, so that a slow database does not get another one. */
  private read(scope: InstallationScope, name: WindowName, key: string): Cached {
    const summary = scope.snapshot((snapshot) => read(snapshot, name));
    const cached = { until: this.now() + READING_MS, summary };
    summary.then(
      () => (cached.until = this.now() + WINDOWS[name].keepMs),
      () => this.cached.get(key) === cached && this.cached.delete(key), // the caller gets the error
    );
    return cached;
  }
}

async function read(scope: InstallationScope, name: WindowName): Promise<SummaryAnswer> {
  const [clock] = await scope.plain<{ now: Date }>('SELECT clock_timestamp() AS now');
  if (clock === undefined) throw new Error('summary: the database returned no time');
  const window = windowOf(name, clock.now);
  const { from, to, bucketSeconds } = window;
  return {
    at: to.toISOString(),
    window: { name, from: from.toISOString(), to: to.toISOString(), bucketSeconds },
    ...(await readStates(scope)),
    ...(await readFlow(scope, window)),
    provisioners: await readFailures(scope, window),
    vercel: await readCalls(scope, window),
  };
}

interface StateRow {
  state: State;
  count: number;
  id: string | null;
  createdAt: Date | null;
  seconds: number | null;
}

/** Forces the index, even if statistics make the table look small. */
async function readStates(
  scope: InstallationScope,
): Promise<Pick<SummaryAnswer, 'states' | 'countedUpTo' | 'oldest'>> {
  await scope.plain('SET LOCAL enable_seqscan = off');
  const rows = await scope.query<StateRow>(STATES_NOW, [STATES, COUNTED_UP_TO, WORKING]);
  await scope.plain('SET LOCAL enable_seqscan = on');
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
  scope: InstallationScope,
  { from, to, bucketSeconds, starts }: Window,
): Promise<Pick<SummaryAnswer, 'flow' | 'unblock' | 'buckets'>> {
  const rows = await scope.query<FlowRow>(FLOW, [from, to, bucketSeconds]);
  const byStart = new Map(rows.map((row) => [row.from?.getTime(), row]));
  const total = byStart.get(undefined);
  return {
    flow: flowOf(total),
    unblock: { count: total?.measured ?? 0, ...quantilesOf(total?.quantiles) },
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

interface FailureRow extends StatusTexts {
  action: string;
  event: string;
  reason: string | null;
  count: number;
  at: Date;
  actionId: string | null;
}

async function readFailures(
  scope: InstallationScope,
  { from, to }: Window,
): Promise<SummaryAnswer['provisioners']> {
  const rows = await scope.query<FailureRow>(FAILURES, [from, to]);
  const bySlug = [...Map.groupBy(rows, (row) => row.action)];
  return bySlug
    .flatMap(([action, ofSlug]) => failingOf(action, ofSlug))
    .toSorted((a, b) => b.failed - a.failed || (a.action < b.action ? -1 : 1));
}

function failingOf(action: string, rows: FailureRow[]): SummaryAnswer['provisioners'] {
  const failures = rows.filter((row) => row.event !== 'accepted');
  const last = failures.toSorted((a, b) => b.at.getTime() - a.at.getTime())[0];
  if (last === undefined || last.actionId === null) return [];
  const { actionId, at } = last;
  return [
    {
      action,
      succeeded: sum(rows.filter((row) => row.event === 'accepted')),
      failed: sum(failures),
      reasons: Object.fromEntries(failures.map(({ event, reason, count }) => [reason ?? event, count])),
      last: { actionId, at: at.toISOString(), statusText: statusTextOf(last) },
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

async function readCalls(scope: InstallationScope, window: Window): Promise<SummaryAnswer['vercel']> {
  const { from, to, bucketSeconds, starts } = window;
  const rows = await scope.query<CallsRow>(CALLS, [from, to, bucketSeconds]);
  const total = rows.find((row) => row.from === null && row.operation === null);
  const byStart = new Map(rows.map((row) => [row.from?.getTime(), row]));
  const errors = await scope.query<SqlError>(LAST_ERROR, [from, to]);
  const lastError = errors[0] ?? null;
  return {
    calls: total?.calls ?? 0,
    failed: total?.failed ?? 0,
    ...quantilesOf(total?.quantiles),
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
