import type { ActionOutcome } from '../../src/action/entities/action.entity.js';

/** As the server has them; a missing one does not compile. */
const ALL: Record<ActionOutcome, true> = { succeeded: true, failed: true, canceled: true };
export const OUTCOMES = Object.keys(ALL) as ActionOutcome[];
