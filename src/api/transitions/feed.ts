import type { SelectQueryBuilder } from 'typeorm';
import { Action } from '../../action/entities/action.entity.js';
import { Transition } from '../../action/entities/transition.entity.js';
import { readHorizon } from './feed-horizon.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';

export interface FeedFilter {
  /** Limits the feed to this action. */
  actionId?: string;
  event?: readonly string[];
  actor?: string;
  /** At this time or later, ISO 8601. */
  since?: string;
  /** Before this time, ISO 8601. */
  until?: string;
}

export interface FeedQuery extends FeedFilter {
  /** Transitions after this id; '0' for all. */
  after: string;
  limit: number;
}

/** A transition and the installation of its action. */
export type OwnedTransition = Transition & { installationId: string | null };

/**
 * Reads transitions in the order of their ids, up to the horizon. A reader that continues after the last id
 * misses nothing, however long other transactions take to commit. Rows above the horizon appear once all rows
 * below them have appeared.
 *
 * @param scope a scope on the primary, because a replica does not have the marks
 * @param known the horizon, if it was read just before
 */
export async function readFeed(
  scope: InstallationScope,
  query: FeedQuery,
  known?: bigint,
): Promise<OwnedTransition[]> {
  const horizon = known ?? (await readHorizon(scope));
  if (BigInt(query.after) >= horizon) return [];
  // A separate statement, so that its snapshot is newer than the marks and sees every transaction without a
  // mark.
  const select = selectUpTo(scope, horizon, query)
    .innerJoin(Action, 'action', 'action.id = transition.actionId')
    .addSelect('action.installation_id', 'installation');
  const { entities, raw } = await select.getRawAndEntities<{ installation: string }>();
  return entities.map((transition, n) =>
    Object.assign(transition, { installationId: raw[n]?.installation ?? null }),
  );
}

/** Reads the feed up to `last`, which must not be above the horizon. */
export function readUpTo(scope: InstallationScope, last: bigint, query: FeedQuery): Promise<Transition[]> {
  return selectUpTo(scope, last, query).getMany();
}

function selectUpTo(
  scope: InstallationScope,
  last: bigint,
  query: FeedQuery,
): SelectQueryBuilder<Transition> {
  const { after, limit, actionId, event, actor, since, until } = query;
  const select = scope
    .select(Transition, 'transition')
    .andWhere('transition.id > :after AND transition.id <= :last', { after, last: String(last) })
    .orderBy('transition.id')
    .limit(limit);
  if (actionId !== undefined) select.andWhere('transition.actionId = :actionId', { actionId });
  if (event !== undefined) select.andWhere('transition.event IN (:...event)', { event });
  if (actor !== undefined) select.andWhere('transition.actor = :actor', { actor });
  if (since !== undefined) select.andWhere('transition.at >= CAST(:since AS timestamptz)', { since });
  if (until !== undefined) select.andWhere('transition.at < CAST(:until AS timestamptz)', { until });
  return select;
}

const BOUNDS = `
  SELECT
    CASE WHEN $1::timestamptz IS NULL THEN NULL
      ELSE (SELECT min(id) FROM transition WHERE at >= $1::timestamptz)::text END AS first,
    CASE WHEN $2::timestamptz IS NULL THEN NULL
      ELSE (SELECT max(id) FROM transition WHERE at < $2::timestamptz)::text END AS last`;

/**
 * Finds the id range of a time range, so that reading by id skips other rows. Returns null if the range is
 * empty.
 *
 * @param horizon rows above this id are not visible yet
 */
export async function readBounds(
  scope: InstallationScope,
  { since, until }: Pick<FeedFilter, 'since' | 'until'>,
  horizon: bigint,
): Promise<{ after: bigint; last: bigint } | null> {
  if (since === undefined && until === undefined) return { after: 0n, last: horizon };
  const values = [since ?? null, until ?? null];
  const [row] = await scope.plain<{ first: string | null; last: string | null }>(BOUNDS, values);
  const [first, last] = [row?.first ?? null, row?.last ?? null];
  if ((since !== undefined && first === null) || (until !== undefined && last === null)) return null;
  const end = last === null ? horizon : BigInt(last);
  return { after: first === null ? 0n : BigInt(first) - 1n, last: end < horizon ? end : horizon };
}
