import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FetchOptions, PgBoss } from 'pg-boss';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FailureReport } from '../../state-machine/action-state.js';
import type { ActionView } from '../../action/claims/action-view.js';
import type { ActionJob } from '../../database/queue/queue.js';
import { VercelGateway, type ActionReport } from '../../vercel/gateway.js';
import type { FinishedJob, JobCompleter, FetchedJob } from './job-completer.js';
import { InFlight } from './in-flight.js';
import { JobFetcher } from './job-fetcher.js';
import type { RunPorts } from '../ports/run-ports.js';
import { SYSTEM_CLOCK } from '../ports/clock.js';

const job = (actionId: string, installationId: string, more: Partial<ActionJob> = {}): FetchedJob => ({
  id: `job-${actionId}`,
  retryCount: 0,
  data: { actionId, installationId, resourceId: 'res_1', ...more },
});
/** An action without a hold: one write ends it. */
const canceling = (id: string, installationId: string) =>
  ({
    id,
    attempt: 1,
    state: 'canceling',
    hold: null,
    installationId,
    failureText: null,
    progressText: null,
    failureReport: null,
    deadlineMs: 60_000,
  }) as ActionView;

/** An action whose allocation cannot be removed. */
const failing = (id: string, failureReport: FailureReport | null) =>
  ({
    ...canceling(id, 'one'),
    state: 'failing',
    failureReport,
    hold: 'closes',
    action: 'branch',
    allocation: { key: 'k', options: {} },
  }) as ActionView;

/** A fetcher of a queue that returns these batches in turn. Every claim succeeds. */
function fetcherOf(batches: FetchedJob[][], claim: (ids: string[]) => Promise<ActionView[]>, stepPorts = {}) {
  const asked: FetchOptions[] = [];
  const finished: FinishedJob[] = [];
  const boss = {
    fetch: async (_: string, options: FetchOptions) => (asked.push(options), batches.shift() ?? []),
  } as unknown as PgBoss;
  const repository = { apply: async () => true };
  const access = { token: 't', removed: false, resource: { id: 'res_1', settings: {} } };
  const ports = {
    claims: { claim },
    repository,
    access: async (subjects: object[]) => subjects.map(() => access),
    stepPorts: { clock: SYSTEM_CLOCK, backoff: () => 1, actions: new Map(), ...stepPorts },
    database: { outage: null, untilWritable: async () => undefined },
  } as unknown as RunPorts;
  const fetcher = new JobFetcher(
    boss,
    {} as never,
    { finish: async (one: FinishedJob) => void finished.push(one) } as unknown as JobCompleter,
    new InFlight(),
    ports,
    {
      concurrency: 16,
      perInstallation: 4,
      batchSize: 8,
    },
  );
  return { fetcher, asked, finished };
}

describe('the job fetcher', () => {
  it('ignores an installation after a short batch, until the queue returns no job', async () => {
    const { fetcher, asked, finished } = fetcherOf(
      [[job('a', 'crowded')], [job('b', 'behind')]],
      async ([id]) => [canceling(id as string, id === 'a' ? 'crowded' : 'behind')],
    );
    fetcher.wake();
    await expect
      .poll(() => asked.map(({ ignoreGroups }) => ignoreGroups))
      .toEqual([[], ['crowded'], ['crowded', 'behind']]);
    await expect.poll(() => finished.map(({ job: { id } }) => id)).toEqual(['job-a', 'job-b']);
  });

  it('returns jobs whose actions cannot be claimed, with the data they carried', async () => {
    const down = async (): Promise<never> => Promise.reject(new Error('connection reset'));
    const { fetcher, finished } = fetcherOf([[job('a', 'one', { tries: 3 })]], down);
    fetcher.wake();
    await expect
      .poll(() => finished)
      .toMatchObject([{ view: null, ended: { kind: 'defer' }, carry: { tries: 3 } }]);
  });

  it.each([
    ['reports a failure once, although the removal after it is deferred', null, 1],
    ['does not repeat the failure that an earlier job reported', 'accepted' as const, 0],
    ['does not repeat a failure that Vercel does not accept', 'none' as const, 0],
  ])('%s', async (_, before, times) => {
    const reported: string[] = [];
    const updateAction = async (_: object, report: ActionReport) => (
      reported.push(report.status),
      { kind: 'accepted' }
    );
    const stepPorts = {
      gateway: { updateAction },
      backoff: () => 60_000,
      statusUrl: () => null,
      provisioners: { madeWith: () => ({ ok: false, message: 'no longer declared' }) },
    };
    const { fetcher, finished } = fetcherOf(
      [[job('a', 'one')]],
      async () => [failing('a', before)],
      stepPorts,
    );
    fetcher.wake();
    await expect.poll(() => finished).toMatchObject([{ ended: { kind: 'defer' } }]);
    expect(finished[0]?.view?.failureReport).toBe(before ?? 'accepted');
    expect(reported).toHaveLength(times);
  });

  it('drops the prefetched answer when the action needs another step', async () => {
    const { promise: hungUp, resolve } = Promise.withResolvers<void>();
    const server = createServer((request) => request.socket.once('close', resolve)); // never answers
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = new VercelGateway({ apiUrl, userAgent: 'test' });
    onTestFinished(async () => {
      await gateway.close();
      server.close();
    });
    const claim = async (): Promise<ActionView[]> => (await sleep(200), [canceling('a', 'one')]);
    const { fetcher, finished } = fetcherOf([[job('a', 'one', { asks: 'dpl_1' })]], claim, { gateway });
    fetcher.wake();
    await hungUp;
    await expect.poll(() => finished.length).toBe(1);
  });
});
