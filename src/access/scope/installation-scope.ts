import type { DataSource, EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { Action } from '../../action/entities/action.entity.js';
import { Allocation } from '../../action/entities/allocation.entity.js';
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

/** In a text of SQL: holds for rows whose `column`, an installation's id, may be seen. */
export type ScopeCondition = (column: string) => string;

/**
 * What of the database one operator sees: routes read through it alone, and whatever it hands out is narrowed already. What belongs to no
 * installation, or to one that the operator is not limited to, does not exist here.
 */
export class InstallationScope {
  private constructor(
    private readonly manager: EntityManager,
    private readonly installations: ReadonlySet<string> | null,
  ) {}

  static of({ installations }: Operator, database: DataSource): InstallationScope {
    return new InstallationScope(database.manager, installations);
  }

  /** For what is done for everybody at once; whoever uses it narrows what each gets by `sees`. */
  static ofEverybody(database: DataSource): InstallationScope {
    return new InstallationScope(database.manager, null);
  }

  /** One name for each different sight. */
  get key(): string {
    return this.installations === null ? 'all' : JSON.stringify([...this.installations].toSorted());
  }

  readonly sees = (installationId: string | null): boolean =>
    this.installations === null || (installationId !== null && this.installations.has(installationId));

  /** @throws Problem `not-found` for one that may not be seen, whether there is one or not */
  installation(id: string): ScopedInstallationId {
    if (!this.sees(id)) throw notFound(`installation ${id} is not known`);
    return id as ScopedInstallationId;
  }

  /** A query for rows that may be seen. Add to it by `andWhere` alone: what would undo the narrowing throws. */
  select<T extends Owned>(entity: T, alias: string): SelectQueryBuilder<InstanceType<T>> {
    const select = this.manager.createQueryBuilder(entity, alias) as SelectQueryBuilder<InstanceType<T>>;
    const narrowed = this.installations === null ? select : this.narrow(select, entity, alias);
    return Object.assign(narrowed, { where: refuse, orWhere: refuse });
  }

  /**
   * Runs a text of SQL that must narrow itself.
   *
   * @param text gets what its conditions have to hold; a text that makes no use of it is refused
   */
  query<Row>(text: (seen: ScopeCondition) => string, values: readonly unknown[] = []): Promise<Row[]> {
    const mine = `$${values.length + 1}`;
    const sql = text((column) => `(${mine}::text[] IS NULL OR ${column} = ANY(${mine}))`);
    if (!sql.includes(mine)) throw new Error('sight: this query does not say whose rows it reads');
    return this.manager.query(sql, [...values, this.installations && [...this.installations]]);
  }

  /**
   * This sight, where it is of everything.
   *
   * @param why what is asked for cannot be told apart by installation
   * @throws Problem `forbidden` for an operator who is limited to installations
   */
  whole(why: string): this {
    if (this.installations === null) return this;
    throw new Problem('forbidden', `this token is limited to installations, and ${why}`);
  }

  /** For what is nobody's: clocks, sequences, settings, where the audit stands. */
  plain<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.manager.query(text, [...values]);
  }

  /** Everything that `work` reads is as of one moment. */
  snapshot<T>(work: (sight: InstallationScope) => Promise<T>): Promise<T> {
    return this.manager.transaction('REPEATABLE READ', (manager) =>
      work(new InstallationScope(manager, this.installations)),
    );
  }

  /** One installation is compared by equality, so that an index on it and the time gives a page in its order. */
  private narrow<Row extends ObjectLiteral>(
    select: SelectQueryBuilder<Row>,
    entity: Owned,
    alias: string,
  ): SelectQueryBuilder<Row> {
    const ids = [...(this.installations ?? [])];
    const [is, value] = ids.length === 1 ? ['= :seenOnly', ids[0]] : ['= ANY(:seenOnly)', ids];
    return select.where(ownerCondition(entity, alias, is as string), { seenOnly: value });
  }
}

function ownerCondition(entity: Owned, alias: string, is: string): string {
  if (entity === Installation) return `${alias}.id ${is}`;
  return entity === Transition
    ? `EXISTS (SELECT FROM action owner WHERE owner.id = ${alias}.actionId AND owner.installation_id ${is})`
    : `${alias}.installationId ${is}`;
}

function refuse(): never {
  throw new Error('sight: only andWhere may be added, or rows of other installations would be seen');
}
