import { PermanentError } from '../../provisioner.js';
import type { BranchCall } from './call.js';

/** The message for the person who deploys names no role, no other database and no statement. */
const DEPLOYER_MESSAGE =
  'the database server does not allow it; the operators of Drawbridge find the reason in the log';

/** Logs `detail` for operators. Returns the error for the person who deploys. */
export function refusal(
  call: BranchCall,
  detail: string,
  message: string = DEPLOYER_MESSAGE,
  cause?: unknown,
): Error {
  call.log(`postgres-branch: ${detail}`);
  return new PermanentError(`postgres-branch: ${message}`, { cause });
}
