import { DataSource, type EntityManager } from 'typeorm';
import { isWorking, STATES, type State } from '../../action/action.state.js';
import { COUNTED_UP_TO, type Quantiles, type SummaryAnswer, type WindowName } from './summary.answer.js';
import { CALLS, FAILURES, FLOW, LAST_ERROR, STATES_NOW } from './summary.queries.js';
import { WINDOWS, windowOf, type Window } from './window.js';

/** Reads the summary, once for all who ask at about the same time: a longer window is kept for longer. */
export class Summaries {
  private readonly kept = new Map<WindowName, { until: number; summary: Promise<SummaryAnswer> }>();

  constructor(
    private readonly database: DataSource,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get(name: WindowName): Promise<SummaryAnswer> {
    const kept = this.kept.get(name);
    if (kept !== undefined && kept.until > this.now()) return kept.summary;
    const summary = this.database.transaction('REPEATABLE READ', (manager) => read(manager, name));
    this.kept.set(name, { until: this.now() + WINDOWS[name].keepMs, summary });
    summary.catch(() => this.kept.delete(name)); // whoever asked hears of it
    return summary;
  }
}

async function read(manager: EntityManager, name: WindowName): Promise<SummaryAnswer> {
  const [clock]: { now: Date }[] = await manager.query('SELECT clock_timestamp() AS now');
  if (clock === undefined) throw new Error('summary: the database does not say what time it is');
  const window = windowOf(name, clock.now);
  const { from, to, bucketSeconds } = window;
  return {
    at: to.toISOString(),
    window: { name, from: from.toISOString(), to: to.toISOString(), bucketSeconds },
    ...(await readStates(manager)),
    ...(await readFlow(manager, window)),
    provisioners: await readFailures(manager, window),
    vercel: await readCalls(manager, window),
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
  manager: EntityManager,
): Promise<Pick<SummaryAnswer, 'states' | 'countedUpTo' | 'oldest'>> {
  await manager.query('SET LOCAL enable_seqscan = off');
  const rows: StateRow[] = await manager.query(STATES_NOW, [STATES, COUNTED_UP_TO]);
  await manager.query('SET LOCAL enable_seqscan = on');
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
  manager: EntityManager,
  { from, to, bucketSeconds, starts }: Window,
): Promise<Pick<SummaryAnswer, 'flow' | 'unblock' | 'buckets'>> {
  const rows: FlowRow[] = await manager.query(FLOW, [from, to, bucketSeconds]);
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
  manager: EntityManager,
  { from, to }: Window,
): Promise<SummaryAnswer['provisioners']> {
  const rows: FailureRow[] = await manager.query(FAILURES, [from, to]);
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

async function readCalls(manager: EntityManager, window: Window): Promise<SummaryAnswer['vercel']> {
  const { from, to, bucketSeconds, starts } = window;
  const rows: CallsRow[] = await manager.query(CALLS, [from, to, bucketSeconds]);
  const whole = rows.find((row) => row.from === null && row.operation === null);
  const byStart = new Map(rows.map((row) => [row.from?.getTime(), row]));
  const errors: SqlError[] = await manager.query(LAST_ERROR, [from, to]);
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
