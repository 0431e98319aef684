/**
 * The ways in which people put a branch back to an earlier state in Neon: in place, where the branch keeps
 * its id and its former state gets a branch of its own; and by a swap, where another branch gets the name
 * and the compute.
 */
import type { FakeProject } from './project.js';
import { NeonRefusal } from './refusal.js';
import type { BranchState } from './state.js';

/** A copy is never as old as its original, and Neon tells times in whole seconds. */
const LATER_MS = 2_000;

export interface InPlace {
  readonly preserveUnderName: string;
  /** Whether the branch that keeps the former state gets the annotation too. */
  readonly copyAnnotation?: boolean;
}

/** The former state becomes the parent of the branch, and gets its children. */
export function restoreInPlace(
  project: FakeProject,
  id: string,
  { preserveUnderName: name, copyAnnotation = false }: InPlace,
): BranchState {
  const branch = project.branch(id);
  const annotation = copyAnnotation ? branch.annotation : {};
  const former = project.addBranch({ name, annotation, endpoints: [] });
  for (const child of project.branches()) if (child.parentId === id) child.parentId = former.id;
  Object.assign(former, { parentId: branch.parentId, createdAt: branch.createdAt + LATER_MS });
  Object.assign(branch, { parentId: former.id, lastResetAt: Date.now() });
  return branch;
}

export interface Swap {
  /** Of the branch that is replaced, from then on. */
  readonly oldName: string;
  readonly copyAnnotation?: boolean;
  /** `snapshot`: Neon itself notes which branch was replaced. `by-hand`: renamed and moved by a person. */
  readonly how?: 'snapshot' | 'by-hand';
}

/** The new branch, which has the name and the compute of the one that it replaces. */
export function swap(
  project: FakeProject,
  idOrName: string,
  { oldName, copyAnnotation = false, how = 'by-hand' }: Swap,
): BranchState {
  const old = project.named(idOrName);
  const { name, annotation } = old;
  project.renameBranch(old.id, oldName);
  const restored = project.addBranch({ name, annotation: copyAnnotation ? annotation : {}, endpoints: [] });
  restored.createdAt = old.createdAt + LATER_MS;
  if (how === 'snapshot') restored.replaces = old.id;
  for (const { id } of old.endpoints.slice()) moveEndpoint(project, id, restored.id);
  return restored;
}

export function moveEndpoint(project: FakeProject, endpointId: string, branchId: string): BranchState {
  const { branch, endpoint } = project.endpoint(endpointId);
  const target = project.branch(branchId);
  if (endpoint.type === 'read_write' && target.endpoints.some(({ type }) => type === 'read_write'))
    throw new NeonRefusal(409, 'read_write endpoint already exists', 'ENDPOINTS_LIMIT_EXCEEDED');
  branch.endpoints.splice(branch.endpoints.indexOf(endpoint), 1);
  target.endpoints.push(endpoint);
  return target;
}
