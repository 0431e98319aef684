/**
 * Prepared transactions keep a database from being dropped. Only their owner or a superuser can roll them
 * back, in it.
 */
import { escapeIdentifier, escapeLiteral } from '../../postgres-client.js';
import { ROLE_NOTE } from '../branch.js';
import type { BranchCall } from '../call.js';
import { detailOf, StillInUse } from '../failure.js';
import type { AdminSession } from './session.js';
import { runAsTemporaryRole, type TemporaryRoleWork } from './temporary-role.js';

interface Prepared {
  readonly gid: string;
  readonly owner: string;
  readonly database: string;
  /** True when its owner is a branch's role. */
  readonly ours: boolean;
  /** True when its database accepts connections. */
  readonly open: boolean;
}

type Target = Pick<TemporaryRoleWork, 'config' | 'key'>;

/**
 * Selects those in the database, those of the role, and those that keep the role from being dropped, such as
 * a GRANT.
 */
const PREPARED = `
  select p.gid, p.owner::text as owner, p.database::text as database, d.datallowconn as open,
         coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid') = $2, false) as ours
    from pg_catalog.pg_prepared_xacts p join pg_catalog.pg_database d on d.datname = p.database
    left join pg_catalog.pg_roles r on r.rolname = p.owner
   where p.database = $1 or p.owner = $1
      or exists (select from pg_catalog.pg_locks own join pg_catalog.pg_locks l using (virtualtransaction)
                  where own.pid is null and own.transactionid = p.transaction
                    and l.pid is null and l.locktype = 'object'
                    and l.classid = 'pg_catalog.pg_authid'::regclass
                    and l.objid = (select oid from pg_catalog.pg_roles where rolname = $1))
   order by p.prepared`;

const preparedOf = (session: AdminSession, key: string): Promise<Prepared[]> =>
  session.run<Prepared & { [column: string]: unknown }>(PREPARED, [key, ROLE_NOTE]);

/** Which prepared transactions block a step of a removal. */
const BLOCKS_STEP = {
  'disable-login': (key: string, { owner }: Prepared) => owner === key,
  'drop-database': (key: string, { database }: Prepared) => database === key,
  'drop-role': () => true,
};

/** Rolls back the prepared transactions of branches' roles that block `step`. */
export async function rollBackPrepared(
  session: AdminSession,
  target: Target,
  step: keyof typeof BLOCKS_STEP,
  call: BranchCall,
): Promise<void> {
  const found = await preparedOf(session, target.key);
  for (const one of found.filter((one) => one.ours && BLOCKS_STEP[step](target.key, one))) {
    try {
      await rollBack(session, target, one, call);
    } catch (error) {
      call.signal.throwIfAborted();
      throw new StillInUse(`${preparedMessage(one)} (${detailOf(error)})`, { cause: error });
    }
  }
}

/** Throws StillInUse for a prepared transaction in the database whose owner is not a branch's role. */
export async function rejectForeignPrepared(session: AdminSession, key: string): Promise<void> {
  const other = (await preparedOf(session, key)).find(({ ours, database }) => !ours && database === key);
  if (other !== undefined) throw new StillInUse(preparedMessage(other));
}

const preparedMessage = ({ gid, owner, database }: Prepared): string =>
  `postgres-branch: waiting for the end of the prepared transaction "${gid}" of role "${owner}"; ` +
  `as that role, or a superuser, run ROLLBACK PREPARED ${escapeLiteral(gid)} in database "${database}"`;

async function rollBack(
  session: AdminSession,
  { config, key }: Target,
  { gid, owner, database, open }: Prepared,
  call: BranchCall,
): Promise<void> {
  if (database === key && !open) await allowConnections(session, key);
  await runAsTemporaryRole(session, { config, key, database, roles: [owner] }, call, async (inside) => {
    await inside.run(`set role ${escapeIdentifier(owner)}`);
    await inside.run(`rollback prepared ${escapeLiteral(gid)}`);
  });
}

/**
 * Opens a database that an earlier call closed: it accepts not even a superuser. Never an open one, whose
 * row may be locked.
 */
async function allowConnections(session: AdminSession, key: string): Promise<void> {
  await session.run(
    `alter database ${escapeIdentifier(key)} with allow_connections true connection limit -1`,
  );
}
