import type { ProvisionRequest } from '../../provisioner.js';
import type { CreatedBranch, Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';
import { NeonFailure } from './client/failure.js';
import { allBranches, branchesOf, chooseParent } from './find-branch.js';
import { describeBranch, rejectReplaced } from './replaced.js';

export interface WantedBranch extends Pick<ProvisionRequest, 'key' | 'log'> {
  /** The names to try, in this order. */
  readonly names: readonly string[];
}

/** Returns the branch of the key, and creates it when none exists. */
export async function findOrMake(neon: Neon, wanted: WantedBranch): Promise<NeonBranch> {
  const branches = await allBranches(neon);
  return chooseBranch(wanted, branches) ?? createChecked(neon, wanted, branches);
}

/**
 * Returns the oldest branch of the key: copies are younger. Logs the others, which may be in use, and keeps
 * them.
 */
function chooseBranch(
  { key, log }: WantedBranch,
  branches: readonly NeonBranch[],
  madeHere = '',
): NeonBranch | null {
  const [first, ...others] = branchesOf(key, branches);
  if (first === undefined) return null;
  rejectReplaced(first, branches);
  for (const other of others.filter(({ id }) => id !== madeHere))
    log(
      `neon-branch: ${describeBranch(other)} has the same key as ${describeBranch(first)} and is not used`,
      {
        key,
      },
    );
  return first;
}

async function createChecked(
  neon: Neon,
  wanted: WantedBranch,
  branches: readonly NeonBranch[],
): Promise<NeonBranch> {
  const parent = chooseParent(neon, branches);
  const taken = new Set(branches.map(({ name }) => name));
  for (const name of wanted.names.filter((one) => !taken.has(one))) {
    const tried = await create(neon, { name, parentId: parent.id, key: wanted.key });
    const madeHere = tried instanceof NeonFailure ? '' : (tried?.branchId ?? '');
    // Also after success: another call may have created a branch under another name.
    const found = chooseBranch(wanted, await allBranches(neon), madeHere);
    // Only this call knows its new branch. It is the only one that may be deleted as the second of its key.
    if (found !== null && madeHere !== '' && found.id !== madeHere) await neon.deleteBranch(madeHere);
    if (found !== null) return found;
    if (tried instanceof NeonFailure) throw tried;
    if (tried !== null) throw new Error('neon-branch: the new branch was deleted while it was created');
  }
  const names = wanted.names.map((name) => `"${name}"`).join(', ');
  throw new Error(`neon-branch: other branches have the names ${names}`);
}

/**
 * Returns null when a branch has the name already, and a NeonFailure when it is unknown whether Neon created
 * it.
 */
async function create(
  neon: Neon,
  { name, parentId, key }: { name: string; parentId: string; key: string },
): Promise<CreatedBranch | NeonFailure | null> {
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
  const { status, code, message } = error.answer;
  return (status === 409 || status === 422) && /already.exists/i.test(`${code} ${message}`);
}
