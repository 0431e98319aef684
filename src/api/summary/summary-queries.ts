import type { ScopeCondition } from '../../access/scope/installation-scope.js';

// Each query reads one window of one table through the index on its time, or a bounded number of rows per
// state.

/** $1 states, $2 limit of counting, $3 states for which the oldest action is selected. */
export const STATES_NOW = (inScope: ScopeCondition): string => `
  SELECT s.state,
    (SELECT count(*) FROM (
      SELECT FROM action a WHERE a.state = s.state AND ${inScope('a.installation_id')} LIMIT $2
    ) counted)::int AS count,
    first.id, first.created_at AS "createdAt",
    greatest(0, extract(epoch FROM now() - first.created_at))::float8 AS seconds
  FROM unnest($1::text[]) AS s (state) LEFT JOIN LATERAL (
    SELECT id, created_at FROM action
    WHERE state = s.state AND s.state = ANY($3::text[]) AND ${inScope('installation_id')}
    ORDER BY created_at, id LIMIT 1
  ) first ON true`;

const QUANTILES = (of: string): string =>
  `percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY ${of})`;

/** The installation of a transition. The planner evaluates it only if the scope is limited. */
const OWNER = '(SELECT o.installation_id FROM action o WHERE o.id = transition.action_id)';

/** $1 from, $2 to, $3 seconds of a bucket. The row without a bucket covers the whole window. */
export const FLOW = (inScope: ScopeCondition): string => `
  WITH moved AS (
    SELECT action_id, event, to_state, at FROM transition
    WHERE at >= $1 AND at < $2
      AND (event IN ('start', 'accepted') OR event = 'gone' AND to_state <> 'released')
      AND ${inScope(OWNER)}
  ), timed AS (
    SELECT moved.*, CASE WHEN event = 'accepted' AND NOT EXISTS (
        SELECT FROM transition r WHERE r.event = 'retry' AND r.action_id = moved.action_id)
      THEN extract(epoch FROM moved.at - a.created_at)::float8 * 1000 END AS ms
    FROM moved LEFT JOIN action a ON moved.event = 'accepted' AND a.id = moved.action_id
  )
  SELECT date_bin($3 * interval '1 second', at, $1::timestamptz) AS "from",
    (count(*) FILTER (WHERE event = 'start'))::int AS started,
    (count(*) FILTER (WHERE event = 'accepted'))::int AS succeeded,
    (count(*) FILTER (WHERE to_state = 'failed'))::int AS failed,
    (count(*) FILTER (WHERE to_state = 'canceled'))::int AS canceled,
    count(ms)::int AS measured, ${QUANTILES('ms')} AS quantiles
  FROM timed GROUP BY GROUPING SETS ((1), ())`;

/** A column of the last action that failed. */
const LAST_FAILED = (column: string): string =>
  `(array_agg(a.${column} ORDER BY t.id DESC) FILTER (WHERE t.event <> 'accepted'))[1]`;

/** $1 from, $2 to. */
export const FAILURES = (inScope: ScopeCondition): string => `
  SELECT a.action, t.event, t.reason, count(*)::int AS count, max(t.at) AS at,
    ${LAST_FAILED('id')} AS "actionId",
    ${LAST_FAILED('failure_text')} AS "failureText",
    ${LAST_FAILED('progress_text')} AS "progressText"
  FROM transition t JOIN action a ON a.id = t.action_id
  WHERE t.at >= $1 AND t.at < $2 AND t.event IN ('accepted', 'fail', 'refused')
    AND ${inScope('a.installation_id')}
  GROUP BY a.action, t.event, t.reason`;

const FAILED = `(status IS NULL OR status = 429 OR status >= 500)`;

/**
 * $1 from, $2 to, $3 seconds of a bucket. One row per bucket, one per operation, and one for the whole
 * window.
 */
export const CALLS = (inScope: ScopeCondition): string => `
  SELECT date_bin($3 * interval '1 second', at, $1::timestamptz) AS "from", operation,
    count(*)::int AS calls, (count(*) FILTER (WHERE ${FAILED}))::int AS failed,
    (count(*) FILTER (WHERE status = 429))::int AS "rateLimited", ${QUANTILES('duration_ms')} AS quantiles
  FROM vercel_call WHERE at >= $1 AND at < $2 AND ${inScope('installation_id')}
  GROUP BY GROUPING SETS ((1), (2), ())`;

/** $1 from, $2 to. */
export const LAST_ERROR = (inScope: ScopeCondition): string => `
  SELECT at, operation, status, code FROM vercel_call
  WHERE at >= $1 AND at < $2 AND ${FAILED} AND ${inScope('installation_id')} ORDER BY at DESC LIMIT 1`;
