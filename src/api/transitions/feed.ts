import type { SelectQueryBuilder } from 'typeorm';
import { Action } from '../../action/entities/action.entity.js';
import { Transition } from '../../action/entities/transition.entity.js';
import { readHorizon } from './feed-horizon.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';

export interface FeedFilter {
  /** Of this action alone. */
  actionId?: string;
  event?: readonly string[];
  actor?: string;
  /** Then or later, ISO 8601. */
  since?: string;
  /** Before. */
  until?: string;
}

export interface FeedQuery extends FeedFilter {
  /** Transitions after this id: '0' for all. */
  after: string;
  limit: number;
}

/** A transition, and the installation whose action it changed. */
export type OwnedTransition = Transition & { installationId: string | null };

/**
 * Transitions in the order of their ids, none of which can be overtaken: whoever goes on after the last one misses nothing,
 * however long other transactions take to commit. Rows above the horizon appear once everything below them has.
 * Each says whose it is.
 *
 * @param sight of the primary: a replica does not know the marks
 * @param known the horizon, where it was read just before
 */
export async function readFeed(
  sight: InstallationScope,
  query: FeedQuery,
  known?: bigint,
): Promise<OwnedTransition[]> {
  const horizon = known ?? (await readHorizon(sight));
  if (BigInt(query.after) >= horizon) return [];
  // A statement of its own, whose snapshot is younger than the marks: what left no mark has committed before, and is seen.
  const select = selectUpTo(sight, horizon, query)
    .innerJoin(Action, 'action', 'action.id = transition.actionId')
    .addSelect('action.installation_id', 'installation');
  const { entities, raw } = await select.getRawAndEntities<{ installation: string }>();
  return entities.map((transition, n) =>
    Object.assign(transition, { installationId: raw[n]?.installation ?? null }),
  );
}

/** The part of the feed up to `last`, which must not be above the horizon. */
export function readUpTo(sight: InstallationScope, last: bigint, query: FeedQuery): Promise<Transition[]> {
  return selectUpTo(sight, last, query).getMany();
}

function selectUpTo(
  sight: InstallationScope,
  last: bigint,
  query: FeedQuery,
): SelectQueryBuilder<Transition> {
  const { after, limit, actionId, event, actor, since, until } = query;
  const select = sight
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
 * Between which ids the transitions of a time are: reading by id need not pass all that came before and after. Null: there is none.
 *
 * @param horizon what is above it is not there yet
 */
export async function readBounds(
  sight: InstallationScope,
  { since, until }: Pick<FeedFilter, 'since' | 'until'>,
  horizon: bigint,
): Promise<{ after: bigint; last: bigint } | null> {
  if (since === undefined && until === undefined) return { after: 0n, last: horizon };
  const values = [since ?? null, until ?? null];
  const [row] = await sight.plain<{ first: string | null; last: string | null }>(BOUNDS, values);
  const [first, last] = [row?.first ?? null, row?.last ?? null];
  if ((since !== undefined && first === null) || (until !== undefined && last === null)) return null;
  const end = last === null ? horizon : BigInt(last);
  return { after: first === null ? 0n : BigInt(first) - 1n, last: end < horizon ? end : horizon };
}
