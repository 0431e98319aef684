import pg from 'pg';
import { PermanentError } from '../../provisioner.js';
import { type Admin, whoAmI } from './admin.js';
import { type Branch, lock, look, READY_NOTE } from './branch.js';
import type { Call } from './call.js';
import { type BranchConfig, serverUrl } from './config.js';
import { takeOver } from './ownership.js';
import { ensureRole } from './role.js';
import { type Session, withSession } from './session.js';
import { closeTemplate, otherDoors, templateProblem } from './template.js';

export interface Wish {
  readonly config: BranchConfig;
  readonly key: string;
  readonly template: string;
  derive(label: string): Uint8Array;
}

/** Each step looks at what is there first, so that a call goes on where one that died has stopped. */
export async function makeBranch(session: Session, wish: Wish, call: Call): Promise<void> {
  const { key } = wish;
  await lock(session, key);
  const branch = await look(session, key);
  refuseForeign(branch, key);
  const admin = await whoAmI(session);
  if (branch.database === 'absent') await refuseTemplate(session, wish.template, admin);
  await ensureRole(session, key, { branch, admin, derive: (label) => wish.derive(label) });
  if (branch.database === 'ready') return;
  if (branch.database !== 'half') await copyTemplate(session, wish, branch);
  // Only now: a database that is in use, and so no template, was refused by the copy and keeps its doors as they are.
  await closeTemplate(session, wish.template, key, admin);
  await finish(session, wish, call);
}

function refuseForeign(branch: Branch, key: string): void {
  if (branch.role !== 'foreign' && branch.database !== 'foreign') return;
  throw new PermanentError(
    `postgres-branch: a database or role "${key}" exists that is not a branch; it is left alone`,
  );
}

async function refuseTemplate(session: Session, template: string, admin: Admin): Promise<void> {
  const problem = await templateProblem(session, template, admin);
  if (problem !== null) throw new PermanentError(`postgres-branch: ${problem}`);
}

async function copyTemplate(
  session: Session,
  { config, key, template }: Wish,
  branch: Branch,
): Promise<void> {
  const name = pg.escapeIdentifier(key);
  if (branch.database === 'broken') await session.run(`drop database if exists ${name}`);
  const strategy = config.strategy === undefined ? '' : ` strategy ${config.strategy}`;
  const create = `create database ${name} template ${pg.escapeIdentifier(template)} owner ${name}${strategy}`;
  await session.run(create);
}

/** The note comes last: without it the next call does all of this again. */
async function finish(session: Session, { config, key }: Wish, call: Call): Promise<void> {
  const name = pg.escapeIdentifier(key);
  const open = `alter database ${name} with allow_connections true connection limit -1`;
  await session.run(`${open}; revoke all on database ${name} from public`);
  await withSession(serverUrl(config, key), call, (inside) => takeOver(inside, key));
  const doors = await otherDoors(session, key);
  if (doors.length > 0) {
    call.log('postgres-branch: PUBLIC may connect to other databases, and so may the role of this branch', {
      databases: doors,
    });
  }
  await session.run(`comment on database ${name} is ${pg.escapeLiteral(READY_NOTE)}`);
}
