/**
 * The limits of a plugin call. The core enforces them, the builtins stay below them, the conformance kit
 * checks them, and the docs quote them. Changing one changes a promise to plugin teams.
 */

/**
 * The core aborts a call after this many milliseconds. A call without a known end may take effect until then.
 */
export const CALL_LIMIT_MS = 30_000;

/**
 * The time limit of a builtin for its own call: less than the core's, so that nothing takes effect after that
 * limit and the builtin itself can say what did not answer.
 */
export const BUILTIN_CALL_MS = CALL_LIMIT_MS - 2_000;

/** Milliseconds for `check`: of all plugins at the boot, of one plugin in `drawbridge doctor`. */
export const CHECK_LIMIT_MS = 15_000;

/** Milliseconds in which an aborted call has to throw. Then the core abandons the call. */
export const ABORT_GRACE_MS = 1_000;

/**
 * The maximum sum of bytes in names and values of a deployment's secrets, which is Vercel's limit for
 * environment variables.
 */
export const SECRET_BYTES = 65_536;

/**
 * The maximum size of a handle in bytes of JSON. It is stored with the allocation and read with each claim.
 */
export const HANDLE_BYTES = 65_536;

/** The maximum `retryAfterMs` of a pending answer. The core reduces a larger value to this. */
export const MAX_RETRY_MS = 600_000;
