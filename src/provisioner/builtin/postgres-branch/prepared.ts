/** Prepared transactions keep a database from being dropped, and can be rolled back only in it and by their owner, or a superuser. */
import { escapeIdentifier, escapeLiteral } from '../postgres.client.js';
import { ROLE_NOTE } from './branch.js';
import type { Call } from './call.js';
import { StillInUse } from './failure.js';
import type { Session } from './session.js';
import { visit, type Visit } from './visitor.js';

interface Prepared {
  readonly gid: string;
  readonly owner: string;
  readonly database: string;
  /** Whether its owner is a branch's role. */
  readonly ours: boolean;
}

const PREPARED = `
  select p.gid, p.owner::text as owner, p.database::text as database,
         coalesce(pg_catalog.shobj_description(r.oid, 'pg_authid') = $2, false) as ours
    from pg_catalog.pg_prepared_xacts p left join pg_catalog.pg_roles r on r.rolname = p.owner
   where p.database = $1 or p.owner = $1 order by p.prepared`;

/** Rolls back those in the branch's database and those of its role. Throws StillInUse with one whose owner is no branch's role. */
export async function rollBackPrepared(
  session: Session,
  { config, key }: Pick<Visit, 'config' | 'key'>,
  call: Call,
): Promise<void> {
  const found = await session.run<Prepared & { [column: string]: unknown }>(PREPARED, [key, ROLE_NOTE]);
  if (found.some(({ database }) => database === key)) await letVisitorsIn(session, key);
  for (const { gid, owner, database } of found.filter(({ ours }) => ours)) {
    await visit(session, { config, key, database, roles: [owner] }, call, async (inside) => {
      await inside.run(`set role ${escapeIdentifier(owner)}`);
      await inside.run(`rollback prepared ${escapeLiteral(gid)}`);
    });
  }
  const other = found.find(({ ours }) => !ours);
  if (other === undefined) return;
  throw new StillInUse(
    `postgres-branch: waiting until the prepared transaction "${other.gid}" of role "${other.owner}" ends; ` +
      `as that role, or a superuser, run ROLLBACK PREPARED ${escapeLiteral(other.gid)} in database "${other.database}"`,
  );
}

/** An earlier call may have closed it, and a closed one takes not even a superuser. */
async function letVisitorsIn(session: Session, key: string): Promise<void> {
  await session.run(
    `alter database ${escapeIdentifier(key)} with allow_connections true connection limit -1`,
  );
}
