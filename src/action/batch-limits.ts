import type { GroupCommitLimits } from '../database/group-commit.js';

/** One statement of each kind at a time: under load batches grow, and fewer, larger batches cost less. */
export const WORKER_BATCHES: GroupCommitLimits = { inFlight: 1, size: 200, waiting: 10_000 };
