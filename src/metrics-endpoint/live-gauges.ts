import type { EntityManager } from 'typeorm';
import { WORKING, type WorkingState } from '../state-machine/action-state.js';
import { QUEUES } from '../database/queue/queue-names.js';
import { actions, actionsOldest } from '../metrics/definitions/actions.js';
import type { DatabaseGauges } from './cached-reading.js';
import { installationsDoubted } from '../metrics/definitions/doubts.js';
import { DOUBT_REASONS, type DoubtReason } from '../state-machine/doubt-reasons.js';
import { JOB_STATES, queueJobs, queueOldest } from '../metrics/definitions/queue.js';
import { sweepSucceeded } from '../metrics/definitions/sweeper.js';

interface StateRow {
  state: WorkingState;
  count: number;
  oldest: number;
}

type QueueRow = { queue: string; oldest: number } & Record<(typeof JOB_STATES)[number], number>;

/** Reads numbers of unfinished work, whose cost does not depend on the history. */
export const liveGauges: DatabaseGauges = {
  async read(session) {
    const states = await rows<StateRow>(session, MOVING, [WORKING]);
    const queues = await rows<QueueRow>(session, JOBS, [QUEUES]);
    const [swept] = await rows<{ at: number }>(session, SWEPT, []);
    const doubted = await rows<{ reason: DoubtReason; count: number }>(session, DOUBTED, []);
    for (const reason of DOUBT_REASONS) installationsDoubted.set({ reason }, 0);
    for (const { reason, count } of doubted) installationsDoubted.set({ reason }, count);
    for (const { state, count, oldest } of states) {
      actions.set({ state }, count);
      actionsOldest.set({ state }, oldest);
    }
    for (const { queue, oldest, ...jobs } of queues) {
      for (const state of JOB_STATES) queueJobs.set({ queue, state }, jobs[state]);
      queueOldest.set({ queue }, oldest);
    }
    // The queue drops jobs after an hour; the last value is kept.
    if (swept !== undefined) sweepSucceeded.set(swept.at);
  },
  forget() {
    for (const state of WORKING) actions.remove({ state });
    for (const metric of [actionsOldest, installationsDoubted, queueJobs, queueOldest]) metric.reset();
  },
};

export const rows = <Row>(session: EntityManager, text: string, values: unknown[]): Promise<Row[]> =>
  session.query(text, values);

/** $1 states. */
export const MOVING = `
  SELECT s.state, moving.count,
    greatest(0, coalesce(extract(epoch FROM clock_timestamp() - moving.since), 0))::float8 AS oldest
  FROM unnest($1::text[]) AS s (state) CROSS JOIN LATERAL (
    SELECT count(*)::int AS count, min(state_since) AS since FROM action a WHERE a.state = s.state
  ) moving`;

/**
 * $1 names of queues. Uses only the index of live jobs. A job can run from `start_after` on, unless a job of
 * the same action is running, because a worker has that action in flight.
 */
export const JOBS = `
  SELECT q.name AS queue,
    (count(*) FILTER (WHERE waits AND can_run))::int AS ready,
    (count(*) FILTER (WHERE waits AND NOT can_run))::int AS deferred,
    (count(*) FILTER (WHERE state = 'active'))::int AS active,
    (count(*) FILTER (WHERE state = 'failed'))::int AS failed,
    greatest(0, coalesce(extract(epoch FROM now()
      - min(start_after) FILTER (WHERE waits AND can_run)), 0))::float8 AS oldest
  FROM unnest($1::text[]) AS q (name) LEFT JOIN LATERAL (
    SELECT j.state, j.start_after, j.state IN ('created', 'retry') AS waits,
      j.start_after <= now() AND NOT EXISTS (
      SELECT FROM pgboss.job held
      WHERE held.name = j.name AND held.state = 'active' AND held.policy = 'singleton'
        AND coalesce(held.singleton_key, '') = coalesce(j.singleton_key, '')
    ) AS can_run
    FROM pgboss.job j
    WHERE j.name = q.name AND j.state IN ('created', 'retry', 'active', 'failed')
  ) alive ON true
  GROUP BY q.name`;

/** Reads one row for each installation in doubt. */
export const DOUBTED = 'SELECT reason, count(*)::int AS count FROM deployment_doubt GROUP BY reason';

/** Ignores sweeps of a single installation. */
export const SWEPT = `
  SELECT extract(epoch FROM completed_on)::float8 AS at FROM pgboss.job
  WHERE name = 'sweep' AND completed_on IS NOT NULL AND state = 'completed'
    AND data ->> 'installationId' IS NULL
  ORDER BY completed_on DESC LIMIT 1`;
