import type { ActionOutcome } from '../../src/action/entities/action.entity.js';

export type Outcome = ActionOutcome;

/** As the server has them; a missing one does not compile. */
const ALL: Record<Outcome, true> = { succeeded: true, failed: true, canceled: true };
export const OUTCOMES = Object.keys(ALL) as Outcome[];
