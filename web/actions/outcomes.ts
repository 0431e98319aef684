import type { ActionOutcome } from '../../src/action/entities/action.entity.js';

export type CommandOutcome = ActionOutcome;

/** As the server has them; a missing one does not compile. */
const ALL: Record<CommandOutcome, true> = { succeeded: true, failed: true, canceled: true };
export const OUTCOMES = Object.keys(ALL) as CommandOutcome[];
