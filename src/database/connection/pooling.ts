import type { Config } from '../../config/config.js';

/** How this process reaches its database. */
export interface DatabaseAccess {
  readonly url: string;
  /**
   * True when a pooler lends a session for one transaction, so that consecutive statements may run in
   * different sessions. Then statements are not prepared, and sessions get no settings.
   */
  readonly pooled: boolean;
  /**
   * URL for lasting sessions, used by LISTEN and the migration lock. Null when there are none; then the
   * process polls.
   */
  readonly sessionUrl: string | null;
}

/** @param databaseUrl DATABASE_URL, or the URL of the embedded PostgreSQL */
export function accessOf(
  { databasePooling, databaseDirectUrl }: Config,
  databaseUrl: string,
): DatabaseAccess {
  const pooled = databasePooling === 'transaction';
  return { url: databaseUrl, pooled, sessionUrl: databaseDirectUrl ?? (pooled ? null : databaseUrl) };
}
