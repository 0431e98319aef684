import { CALL_LIMIT_MS } from '../provisioner/limits.js';

/** The limit of a plugin call, for intervals in SQL. */
export const CALL_LIMIT_SECONDS = CALL_LIMIT_MS / 1000;
/** Seconds from a success to its first deployment check, and between two such checks. */
export const CHECK_AFTER_SECONDS = 24 * 3600;
