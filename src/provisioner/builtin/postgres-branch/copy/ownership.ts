/**
 * Makes the branch's role the owner of the copied objects, so that it can run migrations (ALTER TABLE needs
 * the owner). Not REASSIGN OWNED: it would also change the owner of every database that the old owner has.
 *
 * Objects of extensions keep their owner; serial and identity sequences follow their table. Foreign servers,
 * event triggers, publications and languages keep their owner: a branch must not reach other systems through
 * its role.
 */
import { escapeIdentifier } from '../../postgres-client.js';
import type { AdminSession } from '../server/session.js';

/** Objects made by initdb have lower ids. Of them only the schema `public` can have another owner. */
const FIRST_USER_ID = 16_384;
/** Statements per transaction: their locks must fit into the server's lock table. */
const BATCH = 500;

const FOREIGN_OBJECTS = `
  with candidate (rank, class, object, owner) as (
    select 1, 'pg_catalog.pg_namespace'::regclass, oid, nspowner from pg_catalog.pg_namespace
     where (oid >= ${FIRST_USER_ID} and nspname !~ '^pg_')
        or (nspname = 'public' and nspowner <> 'pg_database_owner'::regrole)
    union all
    select 2, 'pg_catalog.pg_class'::regclass, c.oid, relowner from pg_catalog.pg_class c
     where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and relpersistence <> 't'
       and not (relkind = 'S' and exists (
             select from pg_catalog.pg_depend d
              where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
                and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjsubid > 0
                and d.deptype in ('a', 'i')))
    union all
    select 2, 'pg_catalog.pg_type'::regclass, t.oid, typowner
      from pg_catalog.pg_type t left join pg_catalog.pg_class c on c.oid = t.typrelid
     where typtype in ('d', 'e', 'r') or (typtype = 'c' and c.relkind = 'c')
        or (typtype = 'b' and not exists (select from pg_catalog.pg_type base where base.typarray = t.oid))
    union all
    select 2, 'pg_catalog.pg_proc'::regclass, p.oid, proowner from pg_catalog.pg_proc p
     where not exists (
       select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i')
    union all select 2, 'pg_catalog.pg_operator'::regclass, oid, oprowner from pg_catalog.pg_operator
    union all select 2, 'pg_catalog.pg_opfamily'::regclass, oid, opfowner from pg_catalog.pg_opfamily
    union all select 2, 'pg_catalog.pg_opclass'::regclass, oid, opcowner from pg_catalog.pg_opclass
    union all select 2, 'pg_catalog.pg_collation'::regclass, oid, collowner from pg_catalog.pg_collation
    union all select 2, 'pg_catalog.pg_conversion'::regclass, oid, conowner from pg_catalog.pg_conversion
    union all select 2, 'pg_catalog.pg_ts_dict'::regclass, oid, dictowner from pg_catalog.pg_ts_dict
    union all select 2, 'pg_catalog.pg_ts_config'::regclass, oid, cfgowner from pg_catalog.pg_ts_config
    union all select 2, 'pg_catalog.pg_statistic_ext'::regclass, oid, stxowner
      from pg_catalog.pg_statistic_ext
    union all select 2, 'pg_catalog.pg_largeobject'::regclass, oid, lomowner
      from pg_catalog.pg_largeobject_metadata
  )
  select pg_catalog.format('alter %s %s owner to %I',
           pg_catalog.replace(named.type, 'statistics object', 'statistics'),
           named.identity, $1::text) as statement,
         pg_catalog.format('%s %s', named.type, named.identity) as object,
         pg_catalog.pg_get_userbyid(o.owner)::text as owner, pg_catalog.pg_has_role(o.owner, 'USAGE') as ours
    from candidate o, pg_catalog.pg_identify_object(o.class, o.object, 0) named
   where o.owner is distinct from (select oid from pg_catalog.pg_roles where rolname = $1)
     and (o.object >= ${FIRST_USER_ID} or o.class = 'pg_catalog.pg_namespace'::regclass)
     and not exists (
       select from pg_catalog.pg_depend d
        where d.classid = o.class and d.objid = o.object and d.deptype = 'e')
   order by o.rank, o.object`;

/** An object that does not belong to the branch's role. */
export interface ForeignObject {
  readonly statement: string;
  readonly object: string;
  readonly owner: string;
  /** True when the admin has the privileges of the owner, and so may change the owner. */
  readonly ours: boolean;
}

/** Returns the objects in the session's database whose owner should be `key` and is not. */
export function foreignObjects(session: AdminSession, key: string): Promise<ForeignObject[]> {
  return session.run<ForeignObject & { [column: string]: unknown }>(FOREIGN_OBJECTS, [key]);
}

/**
 * Makes `key` the owner of all objects in the session's database. Idempotent. Returns the objects that
 * failed.
 */
export async function reassignObjects(session: AdminSession, key: string): Promise<ForeignObject[]> {
  const rows = await foreignObjects(session, key);
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH).map((row) => row.statement);
    await session.run(batch.join(';\n'));
  }
  return foreignObjects(session, key);
}

/** Drops what `key` owns, and revokes its privileges, in the session's database. */
export async function dropOwned(session: AdminSession, key: string): Promise<void> {
  await session.run(`drop owned by ${escapeIdentifier(key)} cascade`);
}
