import pg from 'pg';
import { logEvent } from '../../log/log.js';

/** A right on this database that every role of the server may have. */
export type PublicRight = 'CONNECT' | 'TEMPORARY';

export interface PublicRights {
  readonly database: string;
  readonly rights: readonly PublicRight[];
}

interface Database {
  query(text: string): Promise<unknown>;
}

const RIGHTS = `
  SELECT d.datname AS database, coalesce(array_agg(a.privilege_type ORDER BY a.privilege_type)
    FILTER (WHERE a.privilege_type IN ('CONNECT', 'TEMPORARY')), '{}') AS rights
  FROM pg_database d
  LEFT JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a ON a.grantee = 0
  WHERE d.datname = current_database()
  GROUP BY d.datname`;

/** Returns the rights of PUBLIC on the database of this session. Rights on its objects are not included. */
export async function publicRights(database: Database): Promise<PublicRights> {
  const [row] = (await database.query(RIGHTS)) as PublicRights[];
  if (row === undefined) throw new Error('database: pg_database has no row for it');
  return row;
}

const revocationOf = ({ database, rights }: PublicRights): string =>
  `REVOKE ${rights.join(', ')} ON DATABASE ${pg.escapeIdentifier(database)} FROM PUBLIC`;

/**
 * Lists the login roles that connect through PUBLIC only and need this database:
 *
 * - the roles of this session;
 * - a role that owns something here or has a right on it, directly, as a member of another role, or by
 *   default privileges;
 * - roles for monitoring, backup and replication;
 * - a role that may create roles or databases, because a provisioner may use it from here.
 *
 * Temporary objects, large objects and other roles' own default privileges do not count: every role may
 * create them.
 */
const DEPENDENTS = `
  WITH known AS (
    SELECT DISTINCT s.refobjid AS role FROM pg_shdepend s
    LEFT JOIN pg_class c ON s.classid = 'pg_class'::regclass AND c.oid = s.objid
    LEFT JOIN pg_proc f ON s.classid = 'pg_proc'::regclass AND f.oid = s.objid
    LEFT JOIN pg_type t ON s.classid = 'pg_type'::regclass AND t.oid = s.objid
    JOIN pg_namespace n ON n.oid = CASE WHEN s.classid = 'pg_namespace'::regclass THEN s.objid
      ELSE coalesce(c.relnamespace, f.pronamespace, t.typnamespace) END
    WHERE s.refclassid = 'pg_authid'::regclass AND n.nspname !~ '^pg_(toast_)?temp_'
      AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    UNION SELECT a.grantee FROM pg_default_acl d, LATERAL aclexplode(d.defaclacl) a
    WHERE pg_get_userbyid(d.defaclrole) IN (session_user, current_user)
      OR d.defaclrole = (SELECT datdba FROM pg_database WHERE datname = current_database())
    UNION SELECT oid FROM pg_roles
    WHERE rolname IN ('pg_monitor', 'pg_read_all_stats', 'pg_read_all_settings', 'pg_stat_scan_tables',
      'pg_read_all_data', 'pg_write_all_data', 'pg_maintain')
  ), named AS (
    SELECT a.grantee FROM pg_database d, LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
    WHERE d.datname = current_database() AND a.privilege_type = 'CONNECT' AND a.grantee <> 0
  )
  SELECT r.rolname AS role FROM pg_roles r
  WHERE r.rolcanlogin AND NOT r.rolsuper
    AND (r.rolname IN (session_user, current_user) OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication
      OR EXISTS (SELECT FROM known k WHERE k.role <> 0 AND pg_has_role(r.oid, k.role, 'MEMBER')))
    AND NOT EXISTS (SELECT FROM named n WHERE pg_has_role(r.oid, n.grantee, 'USAGE'))
  ORDER BY r.rolname`;

const dependentsOn = async (session: Database): Promise<string[]> =>
  ((await session.query(DEPENDENTS)) as { role: string }[]).map(({ role }) => role);

/**
 * Returns the statements that the owner of the database has to run. The grants keep Drawbridge's own role
 * able to connect.
 */
export async function revokeStatements(session: Database, open: PublicRights): Promise<string> {
  const roles = await dependentsOn(session);
  return [...roles.map((role) => grantTo(open.database, role)), revocationOf(open)].join('; ');
}

/**
 * Revokes CONNECT and TEMPORARY on the database of this session from PUBLIC: a role that may connect can take
 * every advisory lock and see every session. Grants CONNECT by name to the roles that need the database
 * first, and leaves grants to named roles unchanged. Without the right to do so, logs the statements that the
 * owner has to run.
 */
export async function revokePublicRights(session: Database): Promise<void> {
  const open = await publicRights(session);
  if (open.rights.length === 0) return;
  const statement = revocationOf(open);
  const forOwner = await revokeStatements(session, open);
  const roles = await dependentsOn(session);
  try {
    for (const role of roles) await session.query(grantTo(open.database, role));
    await session.query(statement);
  } catch (error) {
    return logEvent('database-open', { statement: forOwner, error: (error as Error).message });
  }
  // PostgreSQL warns a role that may not revoke; it returns no error.
  const left = await publicRights(session);
  if (left.rights.length > 0)
    return logEvent('database-open', {
      statement: forOwner,
      error: 'the role that runs the migrations is not allowed to revoke it',
    });
  logEvent('database-closed', { statement, roles: roles.join(',') });
}

const grantTo = (database: string, role: string): string =>
  `GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO ${pg.escapeIdentifier(role)}`;
