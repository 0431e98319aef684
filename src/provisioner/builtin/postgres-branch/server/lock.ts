/**
 * Locks a key: one call at a time works on it. Any role that can connect to the database can take any
 * advisory lock. So a lock counts only when a session of the admin's role holds it, and no call waits for a
 * lock in the server. Instead a call takes a lock with a random number, and then checks whether another call
 * has a lock for the same key. Of two calls at once, at least one sees the lock of the other, so both cannot
 * continue. See docs/decisions/0010.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCK_WAIT_MS, type AdminSession } from './session.js';

/**
 * The first byte of a lock's first number; its other three bytes are random. The second number is the key's
 * hash.
 */
const LOCK_CLASS = 0x44;

/** Another call has locked the key: the verb answers `pending`. */
export class KeyLocked extends Error {
  override readonly name = 'KeyTaken';
}

/**
 * Waits until this session has locked `key`; the lock ends with the session. Throws KeyLocked after
 * `waitMs`.
 */
export async function lockKey(
  session: AdminSession,
  key: string,
  waitMs: number = LOCK_WAIT_MS,
): Promise<void> {
  const until = performance.now() + waitMs;
  for (;;) {
    // Check first, so that waiting calls do not meet each other's locks.
    if (!(await isLockedByOther(session, key)) && (await tryLock(session, key))) return;
    if (performance.now() > until) throw new KeyLocked(`postgres-branch: another call works on ${key}`);
    await sleep(50 + randomInt(100));
  }
}

/** Returns true when this session has the lock, false when another call has one for the key. */
async function tryLock(session: AdminSession, key: string): Promise<boolean> {
  const number = await takeRandomLock(session, key);
  if (!(await isLockedByOther(session, key))) return true;
  await session.run(`select pg_catalog.pg_advisory_unlock($1::int, ${NUMBER_OF_KEY})`, [number, key]);
  return false;
}

/**
 * Takes a lock with a random number, and with another one when a session holds that already. Returns the
 * number.
 */
async function takeRandomLock(session: AdminSession, key: string): Promise<number> {
  for (;;) {
    const number = LOCK_CLASS * 2 ** 24 + randomInt(2 ** 24);
    const [row] = await session.run<{ got: boolean }>(
      `select pg_catalog.pg_try_advisory_lock($1::int, ${NUMBER_OF_KEY}) as got`,
      [number, key],
    );
    if (row?.got === true) return number;
  }
}

const NUMBER_OF_KEY = `pg_catalog.hashtext($2::text)`;

async function isLockedByOther(session: AdminSession, key: string): Promise<boolean> {
  const [row] = await session.run<{ work: boolean }>(LOCKED_BY_OTHER, [LOCK_CLASS, key]);
  return row?.work === true;
}

/** `usesysid` is the role that a session logged in as. `pg_locks` shows the numbers of locks unsigned. */
const LOCKED_BY_OTHER = `
  select exists (
    select from pg_catalog.pg_locks l
      join pg_catalog.pg_stat_activity a on a.pid = l.pid
      join pg_catalog.pg_roles r on r.oid = a.usesysid and r.rolname = session_user
      join pg_catalog.pg_database d on d.oid = l.database and d.datname = pg_catalog.current_database()
     where l.locktype = 'advisory' and l.objsubid = 2 and l.granted and l.pid <> pg_catalog.pg_backend_pid()
       and l.classid::bigint >> 24 = $1::bigint
       and l.objid::bigint = ${NUMBER_OF_KEY}::bigint & 4294967295
  ) as work`;
