import type { State } from './action.state.js';

/** What an operator may order; each is an event of the table. */
export const COMMANDS = ['retry', 'release', 'cancel'] as const;
export type Command = (typeof COMMANDS)[number];

/** Where an operator may order it. The table allows more: Vercel cancels a success too, and the sweeper releases what nobody waits for. */
export const ORDERED_IN: Record<Command, readonly State[]> = {
  retry: ['failed'],
  release: ['succeeded'],
  cancel: ['queued', 'provisioning', 'reporting'],
};
