import type { ProvisionRequest } from '../../provisioner.js';
import type { Made, Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';
import { NeonFailure } from './client/failure.js';
import { allBranches, branchesOf, chooseParent } from './finding.js';
import { called, refuseReplaced } from './replaced.js';

export interface Wanted extends Pick<ProvisionRequest, 'key' | 'log'> {
  /** Best first. */
  readonly names: readonly string[];
}

/** The branch of the key, made when there is none. */
export async function findOrMake(neon: Neon, wanted: Wanted): Promise<NeonBranch> {
  const branches = await allBranches(neon);
  return theOne(wanted, branches) ?? make(neon, wanted, branches);
}

/** The one that counts: the oldest, for a copy comes later. Others with the key may be in use; they are only reported. */
function theOne({ key, log }: Wanted, branches: readonly NeonBranch[], madeHere = ''): NeonBranch | null {
  const [first, ...others] = branchesOf(key, branches);
  if (first === undefined) return null;
  refuseReplaced(first, branches);
  for (const other of others.filter(({ id }) => id !== madeHere))
    log(`neon-branch: ${called(other)} bears the key of ${called(first)}; it is not used`, { key });
  return first;
}

async function make(neon: Neon, wanted: Wanted, branches: readonly NeonBranch[]): Promise<NeonBranch> {
  const parent = chooseParent(neon, branches);
  const taken = new Set(branches.map(({ name }) => name));
  for (const name of wanted.names.filter((one) => !taken.has(one))) {
    const tried = await create(neon, { name, parentId: parent.id, key: wanted.key });
    const madeHere = tried instanceof NeonFailure ? '' : (tried?.branchId ?? '');
    // Also after success: another call may have come by another name.
    const found = theOne(wanted, await allBranches(neon), madeHere);
    // Seconds old and known to this call alone: the only branch that may be deleted as the second of its key.
    if (found !== null && madeHere !== '' && found.id !== madeHere) await neon.deleteBranch(madeHere);
    if (found !== null) return found;
    if (tried instanceof NeonFailure) throw tried;
    if (tried !== null) throw new Error('neon-branch: the branch that was just made is not there any more');
  }
  const names = wanted.names.map((name) => `"${name}"`).join(', ');
  throw new Error(`neon-branch: the names ${names} are taken`);
}

/** Null: the name is taken, by this key or by another. A failure: whether it was made is not known. */
async function create(
  neon: Neon,
  { name, parentId, key }: { name: string; parentId: string; key: string },
): Promise<Made | NeonFailure | null> {
  try {
    return await neon.createBranch(name, parentId, key);
  } catch (error) {
    if (existsAlready(error)) return null;
    if (error instanceof NeonFailure && error.isInconclusive) return error;
    throw error;
  }
}

export function existsAlready(error: unknown): boolean {
  if (!(error instanceof NeonFailure)) return false;
  const { status, code, words } = error.answer;
  return (status === 409 || status === 422) && /already.exists/i.test(`${code} ${words}`);
}
