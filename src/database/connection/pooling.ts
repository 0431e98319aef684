import type { Config } from '../../config/config.js';

/** How this process reaches its database. */
export interface DatabaseAccess {
  readonly url: string;
  /**
   * Each statement may meet another session than the one before: a pooler lends them for one transaction.
   * Statements have no name then, and a session is told nothing about itself.
   */
  readonly pooled: boolean;
  /**
   * Sessions that are kept, for LISTEN and the migrations' lock; null: there are none, and polling has to do.
   */
  readonly sessionUrl: string | null;
}

/** @param databaseUrl the one that is configured, or the embedded one's */
export function accessOf(
  { databasePooling, databaseDirectUrl }: Config,
  databaseUrl: string,
): DatabaseAccess {
  const pooled = databasePooling === 'transaction';
  return { url: databaseUrl, pooled, sessionUrl: databaseDirectUrl ?? (pooled ? null : databaseUrl) };
}
