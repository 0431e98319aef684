import { type Endpoint, EndpointState, EndpointType } from '@neondatabase/api-client';
import { PermanentError } from '../../provisioner.js';
import type { Branch, Neon } from './api.js';
import { existsAlready } from './making.js';

/** The branch's read-write compute, made when there is none; null when another call is making it. */
export async function findOrMakeCompute(neon: Neon, branch: Branch): Promise<Endpoint | null> {
  const found = await find(neon, branch);
  if (found !== null) return found;
  try {
    await neon.createEndpoint(branch.id);
  } catch (error) {
    if (!existsAlready(error)) throw error;
  }
  return find(neon, branch);
}

/** A compute that sleeps can be used: it wakes up when somebody connects. */
export function isSettled({ current_state, pending_state }: Endpoint): boolean {
  return current_state !== EndpointState.Init && (pending_state ?? null) === null;
}

async function find(neon: Neon, branch: Branch): Promise<Endpoint | null> {
  const endpoints = await neon.endpoints(branch.id);
  const found = endpoints.find(({ type }) => type === EndpointType.ReadWrite) ?? null;
  if (found?.disabled === true)
    throw new PermanentError(`neon-branch: the compute of branch "${branch.name}" is disabled in Neon`);
  return found;
}
