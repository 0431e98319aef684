import { OverloadedError } from '../database/group.commit.js';

/**
 * Classes of SQLSTATE that pass by themselves: connection, rollback (deadlock), resources (too many connections), operator intervention
 * (shutdown). 55000: the database accepts no connections now.
 */
const PASSING_CLASSES = ['08', '40', '53', '57'];
/** What Node says of a connection that could not be made or broke. */
const BROKEN = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'];
/** What `pg` says without any code. */
const PG_WORDS = /timeout exceeded when trying to connect|Connection terminated|not queryable/;

/** The database is away, full or stopping: the same request may succeed soon. Looks through causes and driver errors. */
export function isUnavailable(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 8; depth++) {
    if (current instanceof OverloadedError) return true;
    const { code, driverError } = current as { code?: unknown; driverError?: unknown };
    if (typeof code === 'string' && isPassing(code)) return true;
    if (PG_WORDS.test(current.message)) return true;
    current = driverError instanceof Error && driverError !== current ? driverError : current.cause;
  }
  return false;
}

function isPassing(code: string): boolean {
  if (BROKEN.includes(code)) return true;
  return /^[0-9A-Z]{5}$/.test(code) && (code === '55000' || PASSING_CLASSES.includes(code.slice(0, 2)));
}
