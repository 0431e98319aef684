/** One project of the fake Neon: its state, and Neon's rules for changes. */
import { randomInt } from 'node:crypto';
import { type OperationKind, Operations, type OperationState, type OperationStep } from './operations.js';
import { badRequest, locked, notFound, NeonRefusal } from './refusal.js';
import {
  type BranchState,
  type BranchWish,
  type ComputeWish,
  type EndpointState,
  newDatabase,
  newId,
  newPassword,
} from './state.js';

export interface ProjectLimits {
  /** Branches of the project, including the default one. */
  readonly branches: number;
  readonly endpoints: number;
  /** Compute units of one compute. */
  readonly computeUnits: number;
}

export interface ProjectOptions {
  readonly id: string;
  /**
   * Milliseconds of operations: one number for all, or one per action. By default 0: operations are complete
   * in the answer.
   */
  readonly operationMs?: number | Partial<Record<OperationKind, number>>;
  readonly limits?: Partial<ProjectLimits>;
  /** What a running operation locks: its branch (the default), or the whole project. */
  readonly lock?: 'branch' | 'project';
  /** Whether a branch is listed while its deletion is running; true by default. */
  readonly listDeleting?: boolean;
  readonly caseInsensitiveNames?: boolean;
  /** False: passwords cannot be read back. */
  readonly storePasswords?: boolean;
}

const NO_LIMITS: ProjectLimits = { branches: 5_000, endpoints: 5_000, computeUnits: 16 };

export class FakeProject {
  readonly id: string;
  readonly createdAt = Date.now();
  options: Omit<ProjectOptions, 'id'>;
  readonly #branches = new Map<string, BranchState>();
  readonly #operations = new Operations();
  #made = 0;

  constructor({ id, ...options }: ProjectOptions) {
    this.id = id;
    this.options = options;
    const main = this.#newBranch({ name: 'main' }, null);
    main.state = 'ready';
    main.roles = [{ name: 'neondb_owner', password: newPassword() }];
    main.databases = [newDatabase('neondb', 'neondb_owner')];
    this.#addEndpoint(main, { type: 'read_write' });
    for (const endpoint of main.endpoints) Object.assign(endpoint, { state: 'active', pendingState: null });
  }

  // The operations of Neon's API.

  /** The branches that the API lists, in the order of their creation. */
  listed(): BranchState[] {
    this.#operations.settle();
    const showAll = this.options.listDeleting ?? true;
    return [...this.#branches.values()].filter(({ deleting }) => showAll || !deleting);
  }

  /** Throws 404. */
  branch(id: string): BranchState {
    const found = this.listed().find((branch) => branch.id === id);
    if (found === undefined) throw notFound('branch');
    return found;
  }

  /** Like `branch`, and throws 423 while an operation of the branch is running. */
  usableBranch(id: string): BranchState {
    const branch = this.branch(id);
    if (this.#isBusy(id)) throw locked();
    return branch;
  }

  createBranch(wish: BranchWish): { branch: BranchState; operations: OperationState[] } {
    const parent = wish.parentId === undefined ? this.defaultBranch() : this.#parent(wish.parentId);
    this.#refuseBusy(parent.id);
    this.#refuseName(wish.name);
    for (const endpoint of wish.endpoints ?? []) this.#refuseCompute(endpoint);
    if (this.#branches.size >= this.#limits().branches)
      throw new NeonRefusal(422, 'branches limit exceeded', 'BRANCHES_LIMIT_EXCEEDED');
    this.#refuseEndpoints(wish.endpoints?.length ?? 0);
    const branch = this.#newBranch(wish, parent);
    for (const endpoint of wish.endpoints ?? []) this.#addEndpoint(branch, endpoint);
    return { branch, operations: this.#schedule(branch, this.#startOf(branch)) };
  }

  createEndpoint(
    branchId: string,
    wish: ComputeWish,
  ): { endpoint: EndpointState; operations: OperationState[] } {
    const branch = this.branch(branchId);
    this.#refuseBusy(branchId);
    this.#refuseCompute(wish);
    if (wish.type === 'read_write' && branch.endpoints.some(({ type }) => type === 'read_write'))
      throw new NeonRefusal(409, 'read_write endpoint already exists', 'ENDPOINTS_LIMIT_EXCEEDED');
    this.#refuseEndpoints(1);
    const endpoint = this.#addEndpoint(branch, wish);
    return { endpoint, operations: this.#schedule(branch, [this.#start(endpoint)]) };
  }

  /** Returns null for an unknown branch, and for one whose deletion has begun. */
  deleteBranch(id: string): { branch: BranchState; operations: OperationState[] } | null {
    const branch = this.listed().find((one) => one.id === id);
    if (branch === undefined) return null;
    if (branch.isDefault) throw new NeonRefusal(422, 'cannot delete the default branch');
    if (branch.isProtected) throw new NeonRefusal(422, 'cannot delete protected branch');
    this.#refuseBusy(id);
    if ([...this.#branches.values()].some(({ parentId }) => parentId === id))
      throw new NeonRefusal(422, 'cannot delete branch that has children');
    branch.deleting = true;
    const suspend = branch.endpoints.map((endpoint) => ({
      action: 'suspend_compute' as const,
      endpoint,
      effect: () => void (endpoint.state = 'idle'),
    }));
    const remove = {
      action: 'delete_timeline' as const,
      endpoint: null,
      effect: () => void this.#branches.delete(id),
    };
    return { branch, operations: this.#schedule(branch, [...suspend, remove]) };
  }

  renameBranch(id: string, name: string): BranchState {
    const branch = this.branch(id);
    this.#refuseBusy(id);
    if (branch.name !== name) this.#refuseName(name);
    branch.name = name;
    return branch;
  }

  /** Throws 404. */
  endpoint(id: string): { branch: BranchState; endpoint: EndpointState } {
    for (const branch of this.listed())
      for (const endpoint of branch.endpoints) if (endpoint.id === id) return { branch, endpoint };
    throw notFound('endpoint');
  }

  /** The newest operation first. */
  operations(): OperationState[] {
    return this.#operations.newestFirst();
  }

  // Changes that tests make without the API. Each takes effect at once and leaves no operation.

  /** All branches, including those whose deletion is running. */
  branches(): BranchState[] {
    this.#operations.settle();
    return [...this.#branches.values()];
  }

  /** A branch by id or name. Throws for an unknown one. */
  named(idOrName: string): BranchState {
    const found = this.branches().find(({ id, name }) => id === idOrName || name === idOrName);
    if (found === undefined) throw new Error(`fake neon: no branch "${idOrName}" in ${this.id}`);
    return found;
  }

  defaultBranch(): BranchState {
    return [...this.#branches.values()].find(({ isDefault }) => isDefault) as BranchState;
  }

  /** Adds a branch without limits, as a person does. It has a read-write compute by default. */
  addBranch(wish: BranchWish & { readonly name: string }): BranchState {
    this.#operations.settle();
    this.#refuseName(wish.name);
    const parent = wish.parentId === undefined ? this.defaultBranch() : this.named(wish.parentId);
    const branch = this.#newBranch(wish, parent);
    branch.state = 'ready';
    for (const endpoint of wish.endpoints ?? [{ type: 'read_write' as const }])
      Object.assign(this.#addEndpoint(branch, endpoint), { state: 'active', pendingState: null });
    return branch;
  }

  removeBranch(idOrName: string): void {
    const { id } = this.named(idOrName);
    this.#branches.delete(id);
    this.#operations.drop(id);
  }

  addDatabase(idOrName: string, name: string, ownerName = 'neondb_owner'): void {
    this.named(idOrName).databases.push(newDatabase(name, ownerName));
  }

  addRole(idOrName: string, name: string): void {
    this.named(idOrName).roles.push({ name, password: newPassword() });
  }

  /** Makes the next operation of this kind fail once, for its whole duration, before it succeeds. */
  failNextOperation(action: OperationKind): void {
    this.#operations.failNext(action);
  }

  /** Starts an operation on an existing object for `ms`, as Neon does to check a compute. */
  startOperation(idOrName: string, action: OperationKind, ms: number): void {
    const branch = this.named(idOrName);
    this.#schedule(branch, [{ action, endpoint: null, effect: () => undefined }], ms);
  }

  #refuseBusy(branchId: string): void {
    if (this.#isBusy(branchId)) throw locked();
  }

  #isBusy(branchId: string): boolean {
    const everything = this.options.lock === 'project';
    return this.#operations.isBusy((one) => everything || one.branchId === branchId);
  }

  #refuseName(name: string | undefined): void {
    if (name === undefined) return;
    const fold = (text: string): string => (this.options.caseInsensitiveNames ? text.toLowerCase() : text);
    if ([...this.#branches.values()].some((branch) => fold(branch.name) === fold(name)))
      throw new NeonRefusal(409, `branch already exists; branch_name:"${name}"`, 'BRANCH_ALREADY_EXISTS');
  }

  #refuseCompute({ minCu = 0.25, maxCu = minCu }: ComputeWish): void {
    if (minCu > maxCu) throw badRequest('autoscaling_limit_min_cu is greater than autoscaling_limit_max_cu');
    const { computeUnits } = this.#limits();
    if (maxCu > computeUnits)
      throw new NeonRefusal(422, `autoscaling_limit_max_cu must not exceed ${computeUnits}`);
  }

  #refuseEndpoints(more: number): void {
    const there = [...this.#branches.values()].flatMap(({ endpoints }) => endpoints).length;
    if (there + more > this.#limits().endpoints)
      throw new NeonRefusal(422, 'endpoints limit exceeded', 'ENDPOINTS_LIMIT_EXCEEDED');
  }

  #limits(): ProjectLimits {
    return { ...NO_LIMITS, ...this.options.limits };
  }

  #parent(id: string): BranchState {
    const parent = this.#branches.get(id);
    if (parent === undefined || parent.deleting) throw notFound('parent branch');
    return parent;
  }

  /**
   * A child has the roles and databases of its parent. Its passwords are new when the parent is protected.
   */
  #newBranch(wish: BranchWish, parent: BranchState | null): BranchState {
    const now = Date.now();
    const id = newId('br');
    const branch: BranchState = {
      id,
      number: ++this.#made,
      name: wish.name ?? id,
      parentId: parent?.id ?? null,
      replaces: null,
      lastResetAt: null,
      annotation: { ...wish.annotation },
      isDefault: parent === null,
      isProtected: wish.isProtected ?? false,
      createdAt: now,
      updatedAt: now,
      state: 'init',
      deleting: false,
      endpoints: [],
      roles: (parent?.roles ?? []).map((role) =>
        parent?.isProtected === true ? { ...role, password: newPassword() } : role,
      ),
      databases: (parent?.databases ?? []).map((one) => ({ ...one, id: randomInt(1, 2 ** 31) })),
    };
    this.#branches.set(id, branch);
    return branch;
  }

  #addEndpoint(branch: BranchState, wish: ComputeWish): EndpointState {
    const endpoint: EndpointState = {
      id: newId('ep'),
      type: wish.type,
      minCu: wish.minCu ?? 0.25,
      maxCu: wish.maxCu ?? wish.minCu ?? 2,
      suspendTimeoutSeconds: wish.suspendTimeoutSeconds ?? 0,
      createdAt: Date.now(),
      state: 'init',
      pendingState: 'active',
      disabled: false,
    };
    branch.endpoints.push(endpoint);
    return endpoint;
  }

  #startOf(branch: BranchState): OperationStep[] {
    const create: OperationStep = {
      action: 'create_branch',
      endpoint: null,
      effect: () => void (branch.state = 'ready'),
    };
    return [create, ...branch.endpoints.map((endpoint) => this.#start(endpoint))];
  }

  #start(endpoint: EndpointState): OperationStep {
    const effect = (): void => void Object.assign(endpoint, { state: 'active', pendingState: null });
    return { action: 'start_compute', endpoint, effect };
  }

  #schedule(branch: BranchState, steps: readonly OperationStep[], ms?: number): OperationState[] {
    branch.updatedAt = Date.now();
    return this.#operations.schedule(branch.id, steps, (action) => ms ?? this.#durationOf(action));
  }

  #durationOf(action: OperationKind): number {
    const { operationMs = 0 } = this.options;
    return typeof operationMs === 'number' ? operationMs : (operationMs[action] ?? 0);
  }
}
