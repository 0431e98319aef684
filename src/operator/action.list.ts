import { Brackets, type DataSource, type SelectQueryBuilder } from 'typeorm';
import { Action } from '../action/action.entity.js';
import { actionAnswer, type ActionAnswer } from './action.answer.js';
import type { ActionFilter, ActionQuery } from './action.query.js';
import { decodeCursor, DEFAULT_LIMIT, encodeCursor, type Page, type Position } from './page.js';

/** Rows have microseconds, which a Date has not: a cursor must hold them all or it would skip or repeat rows. */
const AT = `to_char(action.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * The actions that `query` asks for, newest first.
 *
 * @throws Problem `invalid-cursor`
 */
export async function listActions(database: DataSource, query: ActionQuery): Promise<Page<ActionAnswer>> {
  const { limit = DEFAULT_LIMIT, cursor, ...filter } = query;
  const after = cursor === undefined ? undefined : decodeCursor(cursor, filter);
  const select = newestFirst(database, limit + 1);
  applyFilter(select, filter);
  if (after !== undefined) goOnAfter(select, after);
  const { entities, raw } = await select.getRawAndEntities<{ at: string }>();
  const items = entities.slice(0, limit);
  const [last, at] = [items.at(-1), raw[items.length - 1]?.at];
  const more = entities.length > limit && last !== undefined && at !== undefined;
  return { items: items.map(actionAnswer), next: more ? encodeCursor({ at, id: last.id }, filter) : null };
}

function newestFirst(database: DataSource, limit: number): SelectQueryBuilder<Action> {
  return database
    .createQueryBuilder(Action, 'action')
    .leftJoin('action.allocation', 'allocation')
    .addSelect(['allocation.id', 'allocation.key'])
    .addSelect(AT, 'at')
    .orderBy('action.createdAt', 'DESC')
    .addOrderBy('action.id', 'DESC')
    .limit(limit);
}

function goOnAfter(select: SelectQueryBuilder<Action>, { at, id }: Position): void {
  select.andWhere('(action.createdAt, action.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid))', {
    at,
    id,
  });
}

function applyFilter(select: SelectQueryBuilder<Action>, filter: ActionFilter): void {
  const { state, outcome, action, installation, resource, deployment, project, gitRef, since, until } =
    filter;
  if (state !== undefined) select.andWhere('action.state IN (:...state)', { state });
  if (outcome !== undefined) select.andWhere('action.outcome IN (:...outcome)', { outcome });
  if (action !== undefined) select.andWhere('action.action = :action', { action });
  if (installation !== undefined) select.andWhere('action.installationId = :installation', { installation });
  if (resource !== undefined) select.andWhere('action.resourceId = :resource', { resource });
  if (deployment !== undefined) select.andWhere('action.deploymentId = :deployment', { deployment });
  if (gitRef !== undefined) select.andWhere('action.gitRef = :gitRef', { gitRef });
  if (since !== undefined) select.andWhere('action.createdAt >= CAST(:since AS timestamptz)', { since });
  if (until !== undefined) select.andWhere('action.createdAt < CAST(:until AS timestamptz)', { until });
  if (project !== undefined) select.andWhere(ofProject(project));
}

function ofProject(project: string): Brackets {
  return new Brackets((either) =>
    either
      .where('action.projectId = :project', { project })
      .orWhere('action.projectName = :project', { project }),
  );
}
