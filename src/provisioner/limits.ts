/**
 * The limits of a plugin call. The core enforces them, the builtins stay below them, the conformance kit checks them, and the docs
 * quote them. Changing one changes a promise to plugin teams.
 */

/** The core aborts a call after this many milliseconds, and counts a call without an end as able to take effect until then. */
export const CALL_LIMIT_MS = 30_000;

/** Milliseconds that a call has for throwing after its signal was aborted. Then the core abandons the call. */
export const ABORT_GRACE_MS = 1_000;

/** The largest sum of bytes in names and values of a deployment's secrets: Vercel takes no more environment variables. */
export const SECRET_BYTES = 65_536;

/** The largest handle in bytes of JSON. It is stored with the allocation and read with each claim. */
export const HANDLE_BYTES = 65_536;

/** The largest `retryAfterMs` of a pending answer; the core takes a longer one as this. */
export const MAX_RETRY_MS = 600_000;
