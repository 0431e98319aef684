import type { Branch, Neon } from './api.js';
import { allBranches, branchesOf, chooseParent } from './finding.js';
import { NeonFailure } from './failure.js';

export interface Wanted {
  readonly key: string;
  /** Best first. */
  readonly names: readonly string[];
}

/** The branch of the key, made when there is none. */
export async function findOrMake(neon: Neon, wanted: Wanted): Promise<Branch> {
  const branches = await allBranches(neon);
  const found = await theOne(neon, wanted.key, branches);
  return found ?? make(neon, wanted, branches);
}

/** The one that counts; whatever else has the key goes. */
async function theOne(neon: Neon, key: string, branches: readonly Branch[]): Promise<Branch | null> {
  const [first, ...others] = branchesOf(key, branches);
  for (const { id } of others) await neon.deleteBranch(id);
  return first ?? null;
}

async function make(neon: Neon, { key, names }: Wanted, branches: readonly Branch[]): Promise<Branch> {
  const parent = chooseParent(neon, branches);
  const taken = new Set(branches.map(({ name }) => name));
  for (const name of names.filter((one) => !taken.has(one))) {
    const made = await create(neon, { name, parentId: parent.id, key });
    // Also after success: another call may have come by another name.
    const found = await theOne(neon, key, await allBranches(neon));
    if (found !== null) return found;
    if (made) throw new Error('neon-branch: the branch that was just made is not there any more');
  }
  throw new Error(`neon-branch: the names ${names.map((name) => `"${name}"`).join(', ')} are taken`);
}

/** False: the name is taken, by this key or by another. */
async function create(
  neon: Neon,
  { name, parentId, key }: { name: string; parentId: string; key: string },
): Promise<boolean> {
  try {
    await neon.createBranch(name, parentId, key);
    return true;
  } catch (error) {
    if (existsAlready(error)) return false;
    throw error;
  }
}

export function existsAlready(error: unknown): boolean {
  if (!(error instanceof NeonFailure)) return false;
  const { status, code, words } = error.answer;
  return (status === 409 || status === 422) && /already.exists/i.test(`${code} ${words}`);
}
