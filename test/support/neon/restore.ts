/**
 * The two ways in which people restore an earlier state of a branch in Neon. In place, the branch keeps its
 * id and a new branch gets the former state. By a swap, another branch gets the name and the compute.
 */
import type { FakeProject } from './project.js';
import { NeonRefusal } from './refusal.js';
import type { BranchState } from './state.js';

/** A copy is always younger than its original, and Neon's times have whole seconds. */
const LATER_MS = 2_000;

export interface InPlace {
  readonly preserveUnderName: string;
  /** Whether the branch with the former state gets the annotation as well. */
  readonly copyAnnotation?: boolean;
}

/** The branch with the former state becomes the parent of the branch, and gets its children. */
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
  /** The new name of the replaced branch. */
  readonly oldName: string;
  readonly copyAnnotation?: boolean;
  /** `snapshot`: Neon stores which branch was replaced. `by-hand`: a person renamed and moved the branch. */
  readonly how?: 'snapshot' | 'by-hand';
}

/** Returns the new branch, with the name and the compute of the replaced one. */
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
