import type { Action } from './entities/action.entity.js';

/** The two texts of an action. */
export type StatusTexts = Pick<Action, 'failureText' | 'progressText'>;

/** The text that people read: why the action failed, then its progress. */
export function statusTextOf({ failureText, progressText }: StatusTexts): string | null {
  if (failureText === null || progressText === null) return failureText ?? progressText;
  return `${failureText}; meanwhile: ${progressText}`;
}
