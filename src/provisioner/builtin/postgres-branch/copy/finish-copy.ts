import { escapeIdentifier, escapeLiteral } from '../../postgres-client.js';
import { PermanentError } from '../../../provisioner.js';
import type { Admin } from '../server/admin.js';
import { READY_NOTE } from '../branch.js';
import type { BranchCall } from '../call.js';
import { serverUrl } from '../config.js';
import { revokeConnect } from './connect-privilege.js';
import { disableTriggers, enabledTriggers, triggerProblem, withoutEventTriggers } from './event-triggers.js';
import { lacksPrivilege } from '../failure.js';
import { reassignObjects } from './ownership.js';
import type { BranchSpec } from '../provision.js';
import { refusal } from '../refusal.js';
import { allowLogin } from '../server/role.js';
import { type AdminSession, withSession } from '../server/session.js';
import { notCopied } from './template.js';

/**
 * Makes a branch of a copy. All work that needs a session in the database is done while the branch's role
 * cannot log in. The login is the last step; after it no session with the admin's privileges enters the
 * database.
 */
export async function finishCopy(
  session: AdminSession,
  spec: BranchSpec,
  admin: Admin,
  call: BranchCall,
): Promise<void> {
  const { key, template, config } = spec;
  const name = escapeIdentifier(key);
  try {
    // Only after the copy: it fails for a database in use, whose privileges must stay as they are.
    await revokeConnect(session, { role: key, database: template, what: 'template' }, call);
    const open = `alter database ${name} with allow_connections true connection limit -1`;
    await session.run(`revoke all on database ${name} from public; ${open}`);
    const inside = { database: key, startup: withoutEventTriggers(admin) };
    await withSession(serverUrl(config), call, (copy) => prepareCopy(copy, spec, admin, call), inside);
  } catch (error) {
    // Drop the copy, so that the next deployment copies the template again, which may be corrected by then.
    if (PermanentError.is(error) || lacksPrivilege(error))
      await session.run(`drop database if exists ${name}`);
    throw error;
  }
  const note = `comment on database ${name} is ${escapeLiteral(READY_NOTE)}`;
  await session.run(`${note}; ${await allowLogin(key, spec.derive)}`);
}

async function prepareCopy(
  copy: AdminSession,
  { key, template }: Pick<BranchSpec, 'key' | 'template'>,
  admin: Admin,
  call: BranchCall,
): Promise<void> {
  const triggers = await enabledTriggers(copy);
  if (triggers.length > 0 && !admin.superuser)
    throw refusal(call, triggerProblem(template, triggers), notCopied(template));
  await disableTriggers(copy, triggers);
  if (triggers.length > 0)
    call.log('postgres-branch: disabled the event triggers of the template in the branch', { triggers });
  const [left] = await reassignObjects(copy, key);
  if (left === undefined) return;
  const detail = `${left.object} of the copy still belongs to ${left.owner} after its owner was changed`;
  throw refusal(call, detail, notCopied(template));
}
