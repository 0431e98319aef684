import { type Endpoint, EndpointState, EndpointType } from '@neondatabase/api-client';
import { PermanentError } from '../../provisioner.js';
import type { Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';
import type { NeonHandle } from './handle.js';
import { existsAlready, type Wanted } from './making.js';
import { called, isRenamed, refuseMovedCompute } from './replaced.js';

/**
 * The read-write compute of the branch; null when it was deleted and another one may be made. Throws where the branch is without the
 * compute that was made with it and may be out of date for that reason.
 */
export async function findCompute(
  neon: Neon,
  branch: NeonBranch,
  { names }: Wanted,
  handle: NeonHandle | null,
): Promise<Endpoint | null> {
  const found = await readWrite(neon, branch);
  const known = handle?.branchId === branch.id ? handle : null;
  if (found !== null && (known?.endpointId ?? found.id) === found.id) return found;
  if (known === null || known.endpointId === null) throw lost(branch, 'give it a compute in Neon');
  await refuseMovedCompute(neon, known);
  if (isRenamed(branch, names)) throw lost(branch, 'rename it back in Neon');
  return found;
}

/** Null when another call is making it. */
export async function makeCompute(neon: Neon, branch: NeonBranch): Promise<Endpoint | null> {
  try {
    await neon.createEndpoint(branch.id);
  } catch (error) {
    if (!existsAlready(error)) throw error;
  }
  return readWrite(neon, branch);
}

/** A compute that sleeps can be used: it wakes up when somebody connects. */
export function isSettled({ current_state, pending_state }: Endpoint): boolean {
  return current_state !== EndpointState.Init && (pending_state ?? null) === null;
}

export async function readWrite(neon: Neon, branch: NeonBranch): Promise<Endpoint | null> {
  const endpoints = await neon.endpoints(branch.id);
  const found = endpoints.find(({ type }) => type === EndpointType.ReadWrite) ?? null;
  if (found?.disabled === true)
    throw new PermanentError(`neon-branch: the compute of branch "${branch.name}" is disabled in Neon`);
  return found;
}

function lost(branch: NeonBranch, remedy: string): PermanentError {
  const name = branch.givenName ?? branch.name;
  const was = name === branch.name ? '' : `, which was made as "${name}",`;
  return new PermanentError(
    `neon-branch: ${called(branch)}${was} is without the compute that was made with it, and its data may be out of date; ` +
      `${remedy}, or delete it to have a new branch made`,
  );
}
