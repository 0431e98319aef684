import { type Endpoint, EndpointState, EndpointType } from '@neondatabase/api-client';
import { PermanentError } from '../../provisioner.js';
import type { Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';
import type { NeonHandle } from './handle.js';
import { existsAlready, type WantedBranch } from './make-branch.js';
import { describeBranch, isRenamed, rejectMovedCompute } from './replaced.js';

/**
 * Returns the read-write compute of the branch; null when it was deleted and may be created again. Throws
 * when the branch lost the compute that was created with it, because its data may then be out of date.
 */
export async function findCompute(
  neon: Neon,
  branch: NeonBranch,
  { names }: WantedBranch,
  handle: NeonHandle | null,
): Promise<Endpoint | null> {
  const found = await readWrite(neon, branch);
  const known = handle?.branchId === branch.id ? handle : null;
  if (found !== null && (known?.endpointId ?? found.id) === found.id) return found;
  if (known === null || known.endpointId === null) throw computeLost(branch, 'give it a compute in Neon');
  await rejectMovedCompute(neon, known);
  if (isRenamed(branch, names)) throw computeLost(branch, 'rename it back in Neon');
  return found;
}

/** Creates the compute. Returns null while another call creates it. */
export async function makeCompute(neon: Neon, branch: NeonBranch): Promise<Endpoint | null> {
  try {
    await neon.createEndpoint(branch.id);
  } catch (error) {
    if (!existsAlready(error)) throw error;
  }
  return readWrite(neon, branch);
}

/** Returns true when the compute can be used. A suspended one can: it starts on the first connection. */
export function isUsable({ current_state, pending_state }: Endpoint): boolean {
  return current_state !== EndpointState.Init && (pending_state ?? null) === null;
}

export async function readWrite(neon: Neon, branch: NeonBranch): Promise<Endpoint | null> {
  const endpoints = await neon.endpoints(branch.id);
  const found = endpoints.find(({ type }) => type === EndpointType.ReadWrite) ?? null;
  if (found?.disabled === true)
    throw new PermanentError(`neon-branch: the compute of branch "${branch.name}" is disabled in Neon`);
  return found;
}

function computeLost(branch: NeonBranch, remedy: string): PermanentError {
  const name = branch.givenName ?? branch.name;
  const was = name === branch.name ? '' : `, created as "${name}",`;
  return new PermanentError(
    `neon-branch: ${describeBranch(branch)}${was} no longer has the compute that was created ` +
      'with it, so its data may be out of date; ' +
      `${remedy}, or delete the branch: the next deployment then gets a new one`,
  );
}
