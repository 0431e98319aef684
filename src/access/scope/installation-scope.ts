import type { DataSource, EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { Action } from '../../action/entities/action.entity.js';
import { Allocation } from '../../action/entities/allocation.entity.js';
import { PurgeRun } from '../../action/entities/purge-run.entity.js';
import { Transition } from '../../action/entities/transition.entity.js';
import { VercelCall } from '../../vercel/recorder/vercel-call.entity.js';
import { Delivery } from '../../action/entities/delivery.entity.js';
import { Installation } from '../../installation/installation.entity.js';
import { Resource } from '../../installation/resource.entity.js';
import type { ScopedInstallationId } from '../../installation/scoped-installation-id.js';
import { notFound, Problem } from '../../http/problems/problem.js';
import type { Operator } from '../auth/operator-tokens.js';

type Owned =
  | typeof Action
  | typeof Allocation
  | typeof Delivery
  | typeof Installation
  | typeof Resource
  | typeof Transition
  | typeof VercelCall;

/** Returns an SQL condition that is true for rows whose `column`, an installation's id, is in scope. */
export type ScopeCondition = (column: string) => string;

/**
 * The part of the database that an operator may see. Routes read only through a scope, whose queries are
 * already limited. Rows without an installation, or of an installation outside the scope, are invisible.
 */
export class InstallationScope {
  private constructor(
    private readonly manager: EntityManager,
    private readonly installations: ReadonlySet<string> | null,
  ) {}

  static of({ installations }: Operator, database: DataSource): InstallationScope {
    return new InstallationScope(database.manager, installations);
  }

  /** Creates an unlimited scope for work shared by several operators. Its user must filter by `sees`. */
  static ofEverybody(database: DataSource): InstallationScope {
    return new InstallationScope(database.manager, null);
  }

  /** A key that is equal for equal scopes. */
  get key(): string {
    return this.installations === null ? 'all' : JSON.stringify([...this.installations].toSorted());
  }

  readonly sees = (installationId: string | null): boolean =>
    this.installations === null || (installationId !== null && this.installations.has(installationId));

  /** @throws Problem `not-found` for an installation outside the scope, whether it exists or not */
  installation(id: string): ScopedInstallationId {
    if (!this.sees(id)) throw notFound(`installation ${id} is not known`);
    return id as ScopedInstallationId;
  }

  /**
   * Creates a query for rows in scope. Use only `andWhere`; methods that would remove the limit throw an
   * error.
   */
  select<T extends Owned>(entity: T, alias: string): SelectQueryBuilder<InstanceType<T>> {
    const select = this.manager.createQueryBuilder(entity, alias) as SelectQueryBuilder<InstanceType<T>>;
    const narrowed = this.installations === null ? select : this.narrow(select, entity, alias);
    return Object.assign(narrowed, { where: refuse, orWhere: refuse });
  }

  /**
   * Runs an SQL text that applies the scope itself.
   *
   * @param text receives the scope condition and must use it
   */
  query<Row>(text: (inScope: ScopeCondition) => string, values: readonly unknown[] = []): Promise<Row[]> {
    const parameter = `$${values.length + 1}`;
    const sql = text((column) => `(${parameter}::text[] IS NULL OR ${column} = ANY(${parameter}))`);
    if (!sql.includes(parameter)) throw new Error('scope: the query does not use the scope condition');
    return this.manager.query(sql, [...values, this.installations && [...this.installations]]);
  }

  /**
   * Creates a query for rows that belong to no installation.
   *
   * @param why why the rows cannot be limited to installations
   * @throws Problem `forbidden` for an operator limited to installations
   */
  selectWhole(entity: typeof PurgeRun, alias: string, why: string): SelectQueryBuilder<PurgeRun> {
    if (this.installations === null) return this.manager.createQueryBuilder(entity, alias);
    throw new Problem('forbidden', `this token is limited to installations, and ${why}`);
  }

  /** Runs an SQL text without customer data: clocks, sequences, settings, the position of the audit. */
  plain<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.manager.query(text, [...values]);
  }

  /** Runs `work` in one snapshot of the database. */
  snapshot<T>(work: (scope: InstallationScope) => Promise<T>): Promise<T> {
    return this.manager.transaction('REPEATABLE READ', (manager) =>
      work(new InstallationScope(manager, this.installations)),
    );
  }

  /**
   * Compares a single installation by equality, so that an index on installation and time returns rows in
   * order.
   */
  private narrow<Row extends ObjectLiteral>(
    select: SelectQueryBuilder<Row>,
    entity: Owned,
    alias: string,
  ): SelectQueryBuilder<Row> {
    const ids = [...(this.installations ?? [])];
    const is = ids.length === 1 ? '= :seenOnly' : '= ANY(:seenOnly)';
    return select.where(ownerCondition(entity, alias, is), { seenOnly: ids.length === 1 ? ids[0] : ids });
  }
}

function ownerCondition(entity: Owned, alias: string, is: string): string {
  if (entity === Installation) return `${alias}.id ${is}`;
  return entity === Transition
    ? `EXISTS (SELECT FROM action owner WHERE owner.id = ${alias}.actionId AND owner.installation_id ${is})`
    : `${alias}.installationId ${is}`;
}

function refuse(): never {
  throw new Error('scope: use andWhere; other conditions could expose rows of other installations');
}
