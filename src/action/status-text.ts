import type { Action } from './entities/action.entity.js';

/** The two texts of an action. */
export type StatusTexts = Pick<Action, 'failureText' | 'progressText'>;

/** The one text that people read of an action: why it failed, and behind it what goes on meanwhile. */
export function statusTextOf({ failureText, progressText }: StatusTexts): string | null {
  if (failureText === null || progressText === null) return failureText ?? progressText;
  return `${failureText}; meanwhile: ${progressText}`;
}
