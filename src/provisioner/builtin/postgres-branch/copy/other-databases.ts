/**
 * Removes what a branch's role owns or was granted in other databases: until then the server rejects DROP
 * ROLE.
 */
import { escapeIdentifier } from '../../postgres-client.js';
import { readAdmin } from '../server/admin.js';
import { READY_NOTE, ROLE_NOTE } from '../branch.js';
import type { BranchCall } from '../call.js';
import { serverUrl } from '../config.js';
import { withoutEventTriggers } from './event-triggers.js';
import { detailOf, StillInUse } from '../failure.js';
import { dropOwned } from './ownership.js';
import { type AdminSession, withSession } from '../server/session.js';
import { runAsTemporaryRole, type TemporaryRoleWork } from '../server/temporary-role.js';

type Target = Pick<TemporaryRoleWork, 'config' | 'key'>;

interface OtherDatabase {
  readonly name: string;
  /** True when the database is, or was, a branch: only a temporary role enters it. */
  readonly branch: boolean;
  /** The owner of the database, and the owners of the objects on which the role has privileges. */
  readonly owners: string[];
}

const OTHER_DATABASES = `
  with mine as (
    select dbid, classid, objid from pg_catalog.pg_shdepend
     where refclassid = 'pg_catalog.pg_authid'::regclass and dbid <> 0
       and refobjid = (select oid from pg_catalog.pg_roles where rolname = $1))
  select d.datname::text as name,
         coalesce(pg_catalog.shobj_description(d.datdba, 'pg_authid') = $2, false)
           or coalesce(pg_catalog.shobj_description(d.oid, 'pg_database') = $3, false) as branch,
         array(select pg_catalog.pg_get_userbyid(d.datdba)::text
               union
               select pg_catalog.pg_get_userbyid(o.refobjid)::text
                 from mine m join pg_catalog.pg_shdepend o
                   on o.dbid = m.dbid and o.classid = m.classid and o.objid = m.objid and o.deptype = 'o'
                where m.dbid = d.oid) as owners
    from pg_catalog.pg_database d
   where d.oid in (select dbid from mine) and d.datname <> pg_catalog.current_database() order by 1`;

/**
 * Drops everything, or throws StillInUse, which names the database and the statement that removes the rest.
 */
export async function dropInOtherDatabases(
  session: AdminSession,
  target: Target,
  call: BranchCall,
): Promise<void> {
  const { key } = target;
  const found = await session.run<OtherDatabase & { [column: string]: unknown }>(OTHER_DATABASES, [
    key,
    ROLE_NOTE,
    READY_NOTE,
  ]);
  for (const place of found) {
    try {
      await dropIn(session, target, place, call);
    } catch (error) {
      call.signal.throwIfAborted();
      throw new StillInUse(rightsLeft(key, place.name, error), { cause: error });
    }
  }
  await dropOwned(session, key);
}

async function dropIn(
  session: AdminSession,
  { config, key }: Target,
  place: OtherDatabase,
  call: BranchCall,
): Promise<void> {
  const database = place.name;
  const work = (inside: AdminSession): Promise<void> => dropOwned(inside, key);
  if (place.branch) {
    const roles = [...new Set([key, ...place.owners])];
    await rejectOtherRoles(session, roles);
    return runAsTemporaryRole(session, { config, key, database, roles }, call, work);
  }
  const startup = withoutEventTriggers(await readAdmin(session));
  return withSession(serverUrl(config), call, work, { database, startup });
}

/** Throws unless all roles are branches': a tenant's code must not run with any other role's privileges. */
async function rejectOtherRoles(session: AdminSession, roles: readonly string[]): Promise<void> {
  const rows = await session.run<{ role: string }>(
    `select r.role from pg_catalog.unnest($1::text[]) r (role)
       left join pg_catalog.pg_roles p on p.rolname = r.role
      where pg_catalog.shobj_description(p.oid, 'pg_authid') is distinct from $2`,
    [roles, ROLE_NOTE],
  );
  if (rows[0] !== undefined)
    throw new Error(`role "${rows[0].role}" granted a privilege there and is not the role of a branch`);
}

const rightsLeft = (key: string, database: string, error: unknown): string =>
  `postgres-branch: role "${key}" still has privileges or objects in database "${database}" ` +
  `(${detailOf(error)}); ` +
  `as a superuser, run DROP OWNED BY ${escapeIdentifier(key)} in that database`;
