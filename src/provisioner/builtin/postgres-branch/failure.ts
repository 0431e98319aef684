import { errorCode } from '../../../errors/error-code.js';
import { PermanentError, type Pending } from '../../provisioner.js';
import type { BranchCall } from './call.js';
import { KeyLocked } from './server/lock.js';
import { refusal } from './refusal.js';

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)) || errorCode(error);

/** Returns the server's message and detail in one line. */
export function detailOf(error: unknown): string {
  const detail = (error as { detail?: unknown } | null)?.detail;
  const serverText =
    typeof detail === 'string' && detail !== '' ? `${messageOf(error)}: ${detail}` : messageOf(error);
  return serverText.replaceAll(/\s+/g, ' ').trim();
}

const UNREACHABLE = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENOENT',
  'EPIPE',
];

export const lacksPrivilege = (error: unknown): boolean => errorCode(error) === '42501';

/** True when two calls changed the same row of a catalog at once. */
export const isConcurrentUpdate = (error: unknown): boolean =>
  errorCode(error) === 'XX000' && messageOf(error).includes('tuple concurrently');

/** True when another transaction held a lock for longer than a call waits. */
export const isLockTimeout = (error: unknown): boolean => errorCode(error) === '55P03';

/** True when a role or another object does not exist. */
export const isUndefinedObject = (error: unknown): boolean => errorCode(error) === '42704';

/** True when the role still owns objects or has privileges. */
export const hasDependents = (error: unknown): boolean => errorCode(error) === '2BP01';

/** Returns a pending answer for an error that passes by waiting; null for any other. */
export function pendingFor(error: unknown, busy: string): Pending<never> | null {
  if (error instanceof StillInUse) return { status: 'pending', message: error.message, retryAfterMs: 2_000 };
  if (error instanceof KeyLocked) return pendingForOtherCall();
  if (isConcurrentUpdate(error)) return pendingForOtherCall();
  switch (errorCode(error)) {
    case '55006':
      return { status: 'pending', message: busy, retryAfterMs: 1_000 };
    // Advisory locks are per database: calls with different databases in their admin URLs can meet. The next
    // call continues.
    case '42P04':
    case '42710':
    case '23505':
    case '55P03':
      return pendingForOtherCall();
    default:
      return null;
  }
}

const pendingForOtherCall = (): Pending<never> => ({
  status: 'pending',
  message: 'waiting for another call on the same database',
  retryAfterMs: 500,
});

/** A session or transaction that this plugin may not end uses the branch; the message names it. */
export class StillInUse extends Error {
  override readonly name = 'StillInUse';
}

/**
 * Returns the error to throw from `provision`: a `PermanentError` where a retry cannot help. Its details go
 * to the operators' log, because the person who deploys reads the message.
 */
export function explain(error: unknown, admin: string, call: BranchCall): Error {
  if (PermanentError.is(error)) return error;
  const serverText = messageOf(error);
  switch (errorCode(error)) {
    case '42501': {
      const detail =
        `role "${admin}" lacks a privilege: ${serverText}; see "Permissions" in the documentation of ` +
        'postgres-branch';
      return refusal(call, detail, undefined, error);
    }
    case '3D000':
      return branchError(`${serverText}; check template and admin in the configuration`, error);
    case '55000':
      if (!serverText.includes('as template')) return explainTransient(error, serverText, admin);
      return refusal(call, `the template cannot be copied: ${serverText}`, undefined, error);
    default:
      return explainTransient(error, serverText, admin);
  }
}

/**
 * Returns the error to throw from `deprovision`, which is retried until it succeeds: never a PermanentError.
 */
export function explainTransient(error: unknown, serverText: string = messageOf(error), admin = ''): Error {
  const code = errorCode(error);
  if (UNREACHABLE.includes(code))
    return branchError(`the server of the admin url cannot be reached (${code})`, error);
  if (code === '28P01' || code === '28000')
    return branchError(`the server rejects the admin role "${admin}": ${serverText}`, error);
  if (code === '53100') return branchError('the disk of the server is full', error);
  if (code === '53300') return branchError(`the server has no free connection: ${serverText}`, error);
  if (code === '57014')
    return branchError(`the server canceled a statement that ran too long: ${serverText}`, error);
  if (code === '42501') return branchError(`role "${admin}" lacks a privilege: ${serverText}`, error);
  return serverText.startsWith('postgres-branch:') ? (error as Error) : branchError(serverText, error);
}

const branchError = (text: string, cause: unknown): Error => new Error(`postgres-branch: ${text}`, { cause });
