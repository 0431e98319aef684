import pg from 'pg';
import { whoAmI } from './admin.js';
import { lock, look } from './branch.js';
import type { Call } from './call.js';
import { type BranchConfig, serverUrl } from './config.js';
import { hasDependents } from './failure.js';
import { dropOwned } from './ownership.js';
import { joinRole } from './role.js';
import { type Session, withSession } from './session.js';

export interface Target {
  readonly config: BranchConfig;
  readonly key: string;
}

/** Ends with neither database nor role of that key, or throws. What this plugin did not make is left alone. */
export async function removeBranch(session: Session, target: Target, call: Call): Promise<void> {
  const { key } = target;
  await lock(session, key);
  const { role, database } = await look(session, key);
  if (role === 'foreign' || database === 'foreign') {
    call.log('postgres-branch: a database or role of this name is not a branch; it is left alone', { key });
  }
  const name = pg.escapeIdentifier(key);
  if (role === 'ours') {
    await joinRole(session, key, await whoAmI(session));
    await session.run(`alter role ${name} nologin`);
  }
  if (database === 'half' || database === 'ready') {
    await session.run(`alter database ${name} with allow_connections false`);
  }
  if (role === 'ours') await endSessions(session, key);
  if (database !== 'absent' && database !== 'foreign')
    await session.run(`drop database if exists ${name} with (force)`);
  if (role === 'ours') await dropRole(session, target, call);
}

/** Those of the role, wherever they are: a session goes on after its role is dropped. */
async function endSessions(session: Session, key: string): Promise<void> {
  await session.run(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and pid <> pg_backend_pid()`,
    [key],
  );
}

async function dropRole(session: Session, target: Target, call: Call): Promise<void> {
  const drop = (): Promise<unknown> => session.run(`drop role if exists ${pg.escapeIdentifier(target.key)}`);
  try {
    await drop();
  } catch (error) {
    if (!hasDependents(error)) throw error;
    await dropWhatItHasElsewhere(session, target, call);
    await drop();
  }
}

async function dropWhatItHasElsewhere(session: Session, { config, key }: Target, call: Call): Promise<void> {
  const elsewhere = await session.run<{ name: string }>(
    `select distinct d.datname as name from pg_shdepend s join pg_database d on d.oid = s.dbid
      where s.refclassid = 'pg_authid'::regclass and s.refobjid = (select oid from pg_roles where rolname = $1)
        and d.datallowconn`,
    [key],
  );
  for (const { name } of elsewhere) {
    await withSession(serverUrl(config, name), call, (inside) => dropOwned(inside, key));
  }
  await dropOwned(session, key);
}
