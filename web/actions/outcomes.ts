import type { ActionOutcome } from '../../src/action/entities/action.entity.js';

/** Every outcome of the server. The type requires all of them. */
const ALL: Record<ActionOutcome, true> = { succeeded: true, failed: true, canceled: true };
export const OUTCOMES = Object.keys(ALL) as ActionOutcome[];
