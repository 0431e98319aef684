import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { PgBoss } from 'pg-boss';
import { In, Repository } from 'typeorm';
import { requestSweeps } from '../database/queue/queue.js';
import { Sql, statement, type Session } from '../database/sql.js';
import { SQLSTATE, sqlState } from '../errors/database-error.js';
import { logEvent } from '../log/log.js';
import type { Json } from '../provisioner/provisioner.js';
import { Sealing, tokenContext } from '../sealing/sealing.js';
import { askAgain, confirmGone, doubtTransferred, endDoubts } from './deployment-doubt.js';
import { lookUpAccess, type AccessQuery, type InstallationAccess } from './installation-access.js';
import { Installation } from './installation.entity.js';
import { Resource } from './resource.entity.js';
import type { ScopedInstallationId } from './scoped-installation-id.js';

export interface ResourceInput {
  productId: string;
  name: string;
  settings: Record<string, Json>;
}

export type PutResource =
  { status: 'created' | 'replaced'; resource: Resource } | { status: 'unknown-installation' };

/** Locks rows in the order of their ids, so that two removals of the same installations do not deadlock. */
const MARK_REMOVED = statement(`
  UPDATE installation i SET
    removed_at = coalesce(i.removed_at, now()), sealed_token = NULL, updated_at = now()
  FROM (SELECT id FROM installation WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE) due
  WHERE i.id = due.id
  RETURNING i.id`);

/**
 * The origin of a resource that is made under the id of a transferred one. In the installation that
 * received the transfer the new resource is the same thing. Elsewhere it is another thing and must not
 * share allocations with the transferred one.
 */
const ORIGIN = `(
    SELECT CASE WHEN t.target = :owner THEN t.origin ELSE :owner::text || '~' || gen_random_uuid() END
    FROM resource_transfer t WHERE t.resource_id = :resource AND :owner IN (t.source, t.target, t.origin)
    ORDER BY t.id DESC LIMIT 1)`;

/** True for a row that an upsert inserted. */
const CREATED = 'xmax = 0 AS created';
type Upserted = { created: boolean }[];

/**
 * The only writer of installations and resources. Access tokens are stored sealed; only `lookup` opens
 * them.
 */
@Injectable()
export class InstallationRepository {
  constructor(
    @InjectRepository(Installation) private readonly installations: Repository<Installation>,
    @InjectRepository(Resource) private readonly resources: Repository<Resource>,
    private readonly sql: Sql,
    private readonly sealing: Sealing,
    private readonly boss: PgBoss,
  ) {}

  /**
   * Stores an installation with its token, or a new token of a known one. A removed installation becomes
   * active.
   */
  async put(
    id: ScopedInstallationId,
    token: string,
  ): Promise<{ created: boolean; installation: Installation }> {
    const sealedToken = this.sealing.seal(token, tokenContext(id));
    const { raw } = await this.installations
      .createQueryBuilder()
      .insert()
      .values({ id, sealedToken, removedAt: null, updatedAt: () => 'now()' })
      .orUpdate(['sealed_token', 'removed_at', 'updated_at'], ['id'])
      .returning(CREATED)
      .updateEntity(false)
      .execute();
    await askAgain(this.sql, id);
    const installation = await this.get(id);
    if (installation === null) throw new Error(`installation ${id}: the upsert stored no row`);
    return { created: (raw as Upserted)[0]?.created === true, installation };
  }

  get(id: ScopedInstallationId): Promise<Installation | null> {
    return this.installations.findOne({ where: { id }, relations: { doubt: true } });
  }

  /** Whether each of these ids is, or was, an installation; in their order. */
  async areOnRecord(ids: readonly string[]): Promise<boolean[]> {
    const rows = await this.installations.find({ select: { id: true }, where: { id: In(ids) } });
    const found = new Set(rows.map(({ id }) => id));
    return ids.map((id) => found.has(id));
  }

  /**
   * Marks the installation as removed, erases its token and requests a sweep of all that it owns. Its row
   * and its resources stay for the audit. Removing a removed installation again keeps the first time.
   *
   * @returns false when the installation is not known
   */
  async remove(id: ScopedInstallationId): Promise<boolean> {
    return this.sql.transaction(async (session) => (await this.markRemoved([id], session)).length > 0);
  }

  /** `remove` for several within the caller's transaction. Skips unknown ids and returns the known ones. */
  async markRemoved(ids: readonly string[], session: Session): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await session.rows<{ id: string }>(MARK_REMOVED, [ids]);
    const known = rows.map((row) => row.id);
    await endDoubts(session, known);
    await requestSweeps(this.boss, session, known);
    return known;
  }

  /** Records that these installations belong to another account now, according to Vercel. */
  async markTransferred(ids: readonly string[], session: Session): Promise<void> {
    for (const installationId of await doubtTransferred(session, ids))
      logEvent('installation-transferred', { installationId });
  }

  /**
   * Records an operator's confirmation that the deployments which Vercel does not find are gone. The next
   * sweep asks Vercel once more and releases their actions.
   *
   * @returns false when the installation is not in doubt
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

  /** Stores the resource, or replaces all that is stored of it but its origin. */
  async putResource(
    installationId: ScopedInstallationId,
    id: string,
    input: ResourceInput,
  ): Promise<PutResource> {
    // An object: TypeORM's type of values does not end for JSON.
    const row: object = { installationId, id, ...input, origin: () => ORIGIN, updatedAt: () => 'now()' };
    try {
      const { raw } = await this.resources
        .createQueryBuilder()
        .insert()
        .values(row)
        .setParameters({ owner: installationId, resource: id })
        .orUpdate(['product_id', 'name', 'settings', 'updated_at'], ['installation_id', 'id'])
        .returning(CREATED)
        .updateEntity(false)
        .execute();
      const resource = await this.getResource(installationId, id);
      if (resource === null) throw new Error(`resource ${id}: the upsert stored no row`);
      return { status: (raw as Upserted)[0]?.created ? 'created' : 'replaced', resource };
    } catch (error) {
      if (sqlState(error) === SQLSTATE.foreignKeyViolation) return { status: 'unknown-installation' };
      throw error;
    }
  }

  getResource(installationId: ScopedInstallationId, id: string): Promise<Resource | null> {
    return this.resources.findOneBy({ installationId, id });
  }

  /** @returns false when the resource was not known */
  async removeResource(installationId: ScopedInstallationId, id: string): Promise<boolean> {
    const { affected } = await this.resources.delete({ installationId, id });
    return (affected ?? 0) > 0;
  }

  /**
   * Reads what a worker needs to act for each pair, in one statement. Returns the accesses in the order of
   * `pairs`. A token that cannot be opened is null, with a `problem`.
   */
  lookup(pairs: readonly AccessQuery[]): Promise<InstallationAccess[]> {
    return lookUpAccess(this.sql, pairs, (sealed, id) => this.sealing.openText(sealed, tokenContext(id)));
  }
}
