import { Brackets, type SelectQueryBuilder } from 'typeorm';
import { Action } from '../../action/entities/action.entity.js';
import { actionAnswer, type ActionAnswer } from './action-answer.js';
import type { ActionFilter, ActionQuery } from './action-query.js';
import { newestFirst } from '../../http/paging/keyset.js';
import type { Page } from '../../http/paging/page.js';
import type { InstallationScope } from '../../access/scope/installation-scope.js';

/**
 * Reads a page of the actions that match `query`, newest first.
 *
 * @throws Problem `invalid-cursor`
 */
export async function listActions(scope: InstallationScope, query: ActionQuery): Promise<Page<ActionAnswer>> {
  const select = selectActions(scope, query);
  const time = { property: 'createdAt', column: 'created_at' };
  const { rows, next } = await newestFirst(select, time, query);
  return { items: rows.map(actionAnswer), next };
}

function selectActions(scope: InstallationScope, filter: ActionFilter): SelectQueryBuilder<Action> {
  const select = scope
    .select(Action, 'action')
    .leftJoin('action.allocation', 'allocation')
    .addSelect(['allocation.id', 'allocation.key']);
  applyFilter(select, filter);
  return select;
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
