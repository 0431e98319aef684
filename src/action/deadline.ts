import type { Action } from './entities/action.entity.js';

/** Until when a verdict of this action has to be with Vercel; null as soon as nothing waits for that time any more. */
export function deadlineNow({ state, failureReport, deadlineAt }: Action): Date | null {
  const waits = state === 'failing' ? failureReport === null : state === 'queued' || state === 'provisioning';
  return waits ? deadlineAt : null;
}
