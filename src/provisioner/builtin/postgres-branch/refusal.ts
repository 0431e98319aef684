import { PermanentError } from '../../provisioner.js';
import type { BranchCall } from './call.js';

/** What a deployer reads names no role, no other database and no statement: that is for the operators' log. */
const DEPLOYER_MESSAGE = 'the database server does not allow it; the operators find the reason in the log';

/** Logs `detail` for operators. Returns the error for the person who deploys. */
export function refusal(
  call: BranchCall,
  detail: string,
  words: string = DEPLOYER_MESSAGE,
  cause?: unknown,
): Error {
  call.log(`postgres-branch: ${detail}`);
  return new PermanentError(`postgres-branch: ${words}`, { cause });
}
