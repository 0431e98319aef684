import type { Action } from './entities/action.entity.js';

/** When Vercel has to have the verdict on this action; null once no verdict is due. */
export function deadlineNow({ state, failureReport, deadlineAt }: Action): Date | null {
  const waits = state === 'failing' ? failureReport === null : state === 'queued' || state === 'provisioning';
  return waits ? deadlineAt : null;
}
