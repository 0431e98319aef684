import type { JobSubject } from '../../database/queue/queue.js';
import { Sql, statement, type Session } from '../../database/sql.js';
import { applyUpdates } from '../updates/guarded-update.js';
import { next, statesAllowing, type State } from '../../state-machine/action-state.js';
import { releaseText } from '../../state-machine/release-reasons.js';
import { Injectable } from '@nestjs/common';
import { retrying } from '../../database/group-commit.js';
import { JobOutbox } from '../job-outbox.js';

/** Which actions the sweeper releases without a cleanup from Vercel, and why. */
export type ReleaseRequest =
  /**
   * Successes of a slug that are older than `retainMs`; those that may be of production only with
   * `production`.
   */
  | { reason: 'retained'; action: string; retainMs: number; production: boolean }
  /** Those of `ids` that are still successes: Vercel says that their deployments are gone. */
  | { reason: 'deployment-gone'; ids: readonly string[]; confirmed?: Confirmation }
  /** Those of `ids` that are still successes: their deployments ended in an error or were canceled. */
  | { reason: 'deployment-failed'; ids: readonly string[] }
  /** All actions of a removed installation that own something or may come to own something. */
  | { reason: 'installation-removed'; installationId: string };

/** The operator who confirmed that the deployments are gone, and the operator's text. */
export interface Confirmation {
  actor: `operator:${string}`;
  note: string;
}

export interface Released extends JobSubject {
  id: string;
  deploymentId: string;
  action: string;
}

/** The most actions of one transaction: their ids have to fit into one notification of 8,000 bytes. */
export const RELEASE_LIMIT = 150;

/** The sweeper's writes. */
@Injectable()
export class ActionReleases {
  constructor(
    private readonly sql: Sql,
    private readonly outbox: JobOutbox,
  ) {}

  /**
   * Releases at most RELEASE_LIMIT actions of `request` and wakes a worker for each. Returns the released
   * actions.
   */
  release(request: ReleaseRequest): Promise<Released[]> {
    return retrying(() =>
      this.sql.transaction(async (transaction) => {
        const released = await releaseSome(transaction, request);
        const due = released.map(({ id: actionId, ...subject }) => ({ actionId, ...subject }));
        const moved = due.map(({ actionId }) => actionId);
        await this.outbox.wake(transaction, due, moved);
        return released;
      }),
    );
  }

  /** Removed installations with successes. Workers release the other actions themselves. */
  async removedInstallations(): Promise<string[]> {
    const rows = await this.sql.rows<{ id: string }>(OWNING, [RELEASE_LIMIT]);
    return rows.map(({ id }) => id);
  }
}

/** The rows are locked, in the one order that all writers keep, before the state machine is asked. */
async function releaseSome(session: Session, request: ReleaseRequest): Promise<Released[]> {
  const rows = await lock(session, request);
  const updates = rows.map(({ id, state, ...action }) => ({
    id,
    attempt: null,
    from: state,
    event: 'release' as const,
    to: next(state, 'release') as State,
    actor: 'sweeper' as const,
    ...('confirmed' in request ? request.confirmed : {}),
    reason: request.reason,
    progressText: releaseText(request.reason, action),
  }));
  if (updates.length > 0) await applyUpdates(session, updates);
  return rows;
}

type Locked = Released & { state: State };

function lock(session: Session, request: ReleaseRequest): Promise<Locked[]> {
  switch (request.reason) {
    case 'retained':
      return session.rows(RETAINED, [request.action, request.retainMs, request.production, RELEASE_LIMIT]);
    case 'deployment-gone':
    case 'deployment-failed':
      return session.rows(NAMED, [request.ids.slice(0, RELEASE_LIMIT)]);
    case 'installation-removed':
      return session.rows(REMOVED, [request.installationId, statesAllowing('release'), RELEASE_LIMIT]);
    default:
      return request satisfies never;
  }
}

const COLUMNS = `a.id, a.state, a.installation_id AS "installationId", a.resource_id AS "resourceId",
  a.deployment_id AS "deploymentId", a.action`;

// Without a URL nothing is known of the deployment, so it may be a production deployment.
const RETAINED = statement(`
  SELECT ${COLUMNS} FROM action a JOIN (
    SELECT id FROM action
    WHERE state = 'succeeded'
      AND action = $1
      AND succeeded_at <= now() - $2::float8 * interval '1 millisecond'
      AND ($3::boolean OR (target IS DISTINCT FROM 'production' AND deployment_url IS NOT NULL))
    ORDER BY succeeded_at LIMIT $4
  ) due USING (id)
  WHERE a.state = 'succeeded'
  ORDER BY a.id FOR UPDATE OF a`);

const NAMED = statement(`
  SELECT ${COLUMNS} FROM action a WHERE a.id = ANY($1::uuid[]) AND a.state = 'succeeded'
  ORDER BY a.id FOR UPDATE OF a`);

const REMOVED = statement(`
  SELECT ${COLUMNS} FROM action a JOIN (
    SELECT action.id
    FROM action JOIN installation i ON i.id = action.installation_id AND i.removed_at IS NOT NULL
    WHERE installation_id = $1 AND state = ANY($2::text[]) LIMIT $3
  ) due USING (id)
  WHERE a.state = ANY($2::text[])
  ORDER BY a.id FOR UPDATE OF a`);

const OWNING = statement(`
  SELECT i.id FROM installation i
  WHERE i.removed_at IS NOT NULL
    AND EXISTS (SELECT FROM action a WHERE a.installation_id = i.id AND a.state = 'succeeded')
  LIMIT $1`);
