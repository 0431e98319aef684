import { CALL_LIMIT_MS } from '../provisioner/limits.js';

/** The limit of a plugin call, for intervals in SQL. */
export const CALL_LIMIT_SECONDS = CALL_LIMIT_MS / 1000;
/** Seconds from a success to the first question whether its deployment still exists, and between two such questions. */
export const CHECK_AFTER_SECONDS = 24 * 3600;
