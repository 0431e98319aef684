/** Seconds that one call of a provisioner may take; whatever it started is over by then. */
export const CALL_LIMIT_SECONDS = 30;
/** Seconds from a success to the first question whether its deployment still exists, and between two such questions. */
export const CHECK_AFTER_SECONDS = 24 * 3600;
