import { Injectable } from '@nestjs/common';
import { retrying } from '../../database/group-commit.js';
import { Sql, statement, type Session } from '../../database/sql.js';
import { isWorking, type State } from '../../state-machine/action-state.js';
import { JobOutbox, type DueAction } from '../job-outbox.js';
import { releaseOvertaken } from './overtaken-actions.js';

/** An admin's statement that a resource moved from one installation to another, under the same id. */
export interface Transfer {
  resourceId: string;
  source: string;
  target: string;
  actor: `operator:${string}`;
  productId: string;
  name: string;
  /** Undefined: the resource keeps its settings. */
  settings: object | undefined;
}

/** `moved`: actions that now belong to the target. `due`: actions that need a worker. */
export type Transferred =
  | { kind: 'done'; moved: number; due: DueAction[] }
  | { kind: 'unknown-installation' }
  /** The target has a resource of that id with allocations of its own: the two would become one. */
  | { kind: 'occupied'; allocations: number }
  | { kind: 'unknown-resource' };

/** Moves resources between installations. */
@Injectable()
export class ResourceTransfers {
  constructor(
    private readonly sql: Sql,
    private readonly outbox: JobOutbox,
  ) {}

  /**
   * Moves a resource with its unfinished actions and its allocations. Identities keep the first
   * installation, so the next push of a git branch finds the old allocation. Workers lose their claims,
   * which name the former installation and its token.
   */
  transfer(request: Transfer): Promise<Transferred> {
    return retrying(() =>
      this.sql.transaction(async (transaction) => {
        const transferred = await moveAll(transaction, request);
        if (transferred.kind !== 'done') return transferred;
        const { due } = transferred;
        const moved = due.map(({ actionId }) => actionId);
        await this.outbox.wake(transaction, due, moved);
        return transferred;
      }),
    );
  }
}

async function moveAll(session: Session, request: Transfer): Promise<Transferred> {
  const { resourceId, source, target } = request;
  const known = await session.rows(TARGET, [target]);
  if (known.length === 0) return { kind: 'unknown-installation' };
  const [own] = await session.rows<{ allocations: number }>(OWN, [target, resourceId]);
  if (own !== undefined && own.allocations > 0) return { kind: 'occupied', ...own };
  const origin = await moveResource(session, request);
  if (origin === null) return { kind: 'unknown-resource' };
  const ids = [source, target, resourceId];
  const actions = await session.rows<{ id: string; state: State }>(MOVE_ACTIONS, ids);
  const released = await releaseOvertaken(session, request);
  await session.rows(MOVE_ALLOCATIONS, ids);
  await session.rows(RECORD, [resourceId, source, target, origin, request.actor, actions.length]);
  const working = actions.filter(({ state }) => isWorking(state)).map(({ id }) => id);
  const dueOf = (installationId: string) => (actionId: string) => ({ actionId, installationId, resourceId });
  const due = [...working.map(dueOf(target)), ...released.map(dueOf(source))];
  return { kind: 'done', moved: actions.length, due };
}

/** @returns the installation that had the resource first; null when the source does not have the resource */
async function moveResource(session: Session, request: Transfer): Promise<string | null> {
  const { source, target, resourceId, productId, name, settings } = request;
  const [moved] = await session.rows<{ origin: string }>(MOVE_RESOURCE, [
    source,
    target,
    resourceId,
    productId,
    name,
    settings === undefined ? null : JSON.stringify(settings),
  ]);
  return moved?.origin ?? null;
}

const TARGET = statement('SELECT FROM installation WHERE id = $1 AND removed_at IS NULL FOR SHARE');

const OWN = statement(`
  SELECT count(*)::int AS allocations FROM allocation
  WHERE installation_id = $1 AND resource_id = $2 AND state <> 'closed'`);

const MOVE_RESOURCE = statement(`
  WITH former AS (
    DELETE FROM resource WHERE installation_id = $1 AND id = $3
    RETURNING coalesce(origin, installation_id) AS origin, settings
  )
  INSERT INTO resource AS r (installation_id, id, product_id, name, settings, origin)
  SELECT $2, $3, $4, $5, coalesce($6::jsonb, former.settings), former.origin FROM former
  ON CONFLICT (installation_id, id) DO UPDATE SET
    product_id = excluded.product_id, name = excluded.name,
    settings = excluded.settings, origin = excluded.origin, updated_at = now()
  RETURNING origin`);

// The new claim token counts as no attempt: it fences the worker that knows the former installation.
const MOVE_ACTIONS = statement(`
  UPDATE action a SET installation_id = $2, attempt = a.attempt + 1, handed_back = a.handed_back + 1
  FROM (
    SELECT id FROM action mine
    WHERE installation_id = $1 AND resource_id = $3 AND state <> 'released'
      AND NOT EXISTS (
        SELECT FROM action theirs
        WHERE theirs.installation_id = $2
          AND theirs.deployment_id = mine.deployment_id
          AND theirs.resource_id = $3
          AND theirs.action = mine.action)
    ORDER BY id FOR UPDATE
  ) moving
  WHERE a.id = moving.id
  RETURNING a.id, a.state`);

const MOVE_ALLOCATIONS = statement(`
  UPDATE allocation SET installation_id = $2 WHERE installation_id = $1 AND resource_id = $3`);

const RECORD = statement(`
  INSERT INTO resource_transfer (resource_id, source, target, origin, actor, actions)
  VALUES ($1, $2, $3, $4, $5, $6)`);
