import { Injectable } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { DataSource } from 'typeorm';
import { SQLSTATE, sqlState } from '../errors/database-error.js';
import { requestSweeps } from '../database/queue/queue.js';
import { Sql, statement, type Session } from '../database/sql.js';
import type { ScopedInstallationId, InstallationScope } from '../access/scope/installation-scope.js';
import { logEvent } from '../log/log.js';
import type { Json } from '../provisioner/provisioner.js';
import {
  askAgain,
  confirmGone,
  doubtTransferred,
  DOUBT_COLUMN,
  endDoubts,
  type DoubtView,
} from './deployment-doubt.js';
import { lookUpAccess, type InstallationAccess, type AccessQuery } from './installation-access.js';
import { Resource } from './resource.entity.js';
import { Sealing, tokenContext } from '../sealing/sealing.js';

/** An installation as operators see it: everything but its token. */
export interface InstallationView {
  id: string;
  hasAccessToken: boolean;
  createdAt: Date;
  updatedAt: Date;
  removedAt: Date | null;
  /** Null while what Vercel says of its deployments is believed. */
  doubt: DoubtView | null;
}

/** A resource as lists show it: settings are large, and for admins. */
export type ResourceView = Omit<Resource, 'settings'>;

export interface ResourceInput {
  productId: string;
  name: string;
  settings: Record<string, Json>;
}

export type PutResource =
  { status: 'created' | 'replaced'; resource: Resource } | { status: 'unknown-installation' };

const COLUMNS = `id, sealed_token IS NOT NULL AS "hasAccessToken",
  created_at AS "createdAt", updated_at AS "updatedAt", removed_at AS "removedAt", ${DOUBT_COLUMN}`;

const PUT = `
  INSERT INTO installation (id, sealed_token) VALUES ($1, $2)
  ON CONFLICT (id) DO UPDATE SET sealed_token = excluded.sealed_token, removed_at = NULL, updated_at = now()
  RETURNING ${COLUMNS}, xmax = 0 AS created`;

/** Rows are locked in the order of their ids: two transactions that remove the same ones do not deadlock. */
const MARK_REMOVED = statement(`
  UPDATE installation i SET
    removed_at = coalesce(i.removed_at, now()), sealed_token = NULL, updated_at = now()
  FROM (SELECT id FROM installation WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE) due
  WHERE i.id = due.id
  RETURNING i.id`);

/**
 * A resource that is made under the id of one that was transferred away is another thing: it must not share allocations with that one.
 * Made anew where one was transferred to, it is the same.
 */
const ORIGIN = `(
    SELECT CASE WHEN t.target = $1 THEN t.origin ELSE $1::text || '~' || gen_random_uuid() END
    FROM resource_transfer t WHERE t.resource_id = $2 AND $1 IN (t.source, t.target, t.origin)
    ORDER BY t.id DESC LIMIT 1)`;

const PUT_RESOURCE = `
  INSERT INTO resource (installation_id, id, product_id, name, settings, origin)
  VALUES ($1, $2, $3, $4, $5::jsonb, ${ORIGIN})
  ON CONFLICT (installation_id, id) DO UPDATE SET
    product_id = excluded.product_id, name = excluded.name, settings = excluded.settings, updated_at = now()
  RETURNING installation_id AS "installationId", id, product_id AS "productId", name, settings,
    created_at AS "createdAt", updated_at AS "updatedAt", xmax = 0 AS created`;

const RESOURCES = `
  SELECT installation_id AS "installationId", id, product_id AS "productId", name,
    created_at AS "createdAt", updated_at AS "updatedAt"
  FROM resource WHERE installation_id = $1 AND id > $2`;

/** The only writer of installations and their resources. Access tokens go in, sealed, and come out through `lookup` alone. */
@Injectable()
export class InstallationRepository {
  constructor(
    private readonly database: DataSource,
    private readonly sql: Sql,
    private readonly sealing: Sealing,
    private readonly boss: PgBoss,
  ) {}

  /** Makes the installation known, or gives a known one a new token; a removed one is back. */
  async put(
    id: ScopedInstallationId,
    token: string,
  ): Promise<{ created: boolean; installation: InstallationView }> {
    const sealed = this.sealing.seal(token, tokenContext(id));
    const [row]: (InstallationView & { created: boolean })[] = await this.database.query(PUT, [id, sealed]);
    if (row === undefined) throw new Error(`installation ${id}: the upsert returned no row`);
    const { created, ...installation } = row;
    await askAgain(this.sql, id);
    return { created, installation };
  }

  async get(id: ScopedInstallationId): Promise<InstallationView | null> {
    const rows: InstallationView[] = await this.database.query(
      `SELECT ${COLUMNS} FROM installation WHERE id = $1`,
      [id],
    );
    return rows[0] ?? null;
  }

  /** Whether there is, or was, an installation of each of these ids, in their order. */
  async areOnRecord(ids: readonly string[]): Promise<boolean[]> {
    const rows: { id: string }[] = await this.database.query(
      'SELECT id FROM installation WHERE id = ANY($1::text[])',
      [ids],
    );
    const found = new Set(rows.map(({ id }) => id));
    return ids.map((id) => found.has(id));
  }

  /** Installations after this id that may be seen, by their ids. */
  list(sight: InstallationScope, after: string, limit: number): Promise<InstallationView[]> {
    return sight.query(
      (seen) => `SELECT ${COLUMNS} FROM installation WHERE id > $1 AND ${seen('id')} ORDER BY id LIMIT $2`,
      [after, limit],
    );
  }

  /**
   * Marks it as removed, erases its token and asks for all that it owns to be given back; its row and its resources stay for the audit.
   *
   * @returns false when no such installation is known; removing a removed one is true and keeps its first time
   */
  async remove(id: ScopedInstallationId): Promise<boolean> {
    return this.sql.transaction(async (session) => (await this.markRemoved([id], session)).length > 0);
  }

  /** `remove` for several within the caller's transaction; unknown ids are passed over. Returns those that are known. */
  async markRemoved(ids: readonly string[], session: Session): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await session.rows<{ id: string }>(MARK_REMOVED, [ids]);
    const known = rows.map((row) => row.id);
    await endDoubts(session, known);
    await requestSweeps(this.boss, session, known);
    return known;
  }

  /** Vercel says that these installations belong to another account now. */
  async markTransferred(ids: readonly string[], session: Session): Promise<void> {
    for (const installationId of await doubtTransferred(session, ids))
      logEvent('installation-transferred', { installationId });
  }

  /**
   * An operator says that the deployments that Vercel does not find are gone; the next sweep asks once more and releases them.
   *
   * @returns false when nothing is in doubt
   */
  async confirmGone(
    installationId: ScopedInstallationId,
    actor: `operator:${string}`,
    reason: string,
  ): Promise<boolean> {
    const confirmed = await confirmGone(this.sql, installationId, { actor, reason });
    if (confirmed) logEvent('deployments-confirmed', { installationId, actor, text: reason });
    return confirmed;
  }

  /** Makes the resource known, or replaces all that is known of it. */
  async putResource(
    installationId: ScopedInstallationId,
    id: string,
    input: ResourceInput,
  ): Promise<PutResource> {
    const { productId, name, settings } = input;
    try {
      const [row]: (Resource & { created: boolean })[] = await this.database.query(PUT_RESOURCE, [
        installationId,
        id,
        productId,
        name,
        JSON.stringify(settings),
      ]);
      if (row === undefined) throw new Error(`resource ${id}: the upsert returned no row`);
      const { created, ...resource } = row;
      return { status: created ? 'created' : 'replaced', resource };
    } catch (error) {
      if (sqlState(error) === SQLSTATE.foreignKeyViolation) return { status: 'unknown-installation' };
      throw error;
    }
  }

  /** Resources of the installation after this id, by their ids. */
  listResources(
    sight: InstallationScope,
    installationId: ScopedInstallationId,
    after: string,
    limit: number,
  ): Promise<ResourceView[]> {
    return sight.query(
      (seen) => `${RESOURCES} AND ${seen('installation_id')} ORDER BY id LIMIT $3`,
      [installationId, after, limit],
    );
  }

  getResource(installationId: ScopedInstallationId, id: string): Promise<Resource | null> {
    return this.database.getRepository(Resource).findOneBy({ installationId, id });
  }

  /** @returns false when it was not known */
  async removeResource(installationId: ScopedInstallationId, id: string): Promise<boolean> {
    const { affected } = await this.database.getRepository(Resource).delete({ installationId, id });
    return (affected ?? 0) > 0;
  }

  /**
   * What a worker needs to act for each pair: one statement for all of them, answers in the order of `pairs`. A token that
   * cannot be opened is null with a `problem`; the others are not affected.
   */
  lookup(pairs: readonly AccessQuery[]): Promise<InstallationAccess[]> {
    return lookUpAccess(this.sql, pairs, (sealed, id) => this.sealing.openText(sealed, tokenContext(id)));
  }
}
