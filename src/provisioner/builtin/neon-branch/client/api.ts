/**
 * The part of Neon's API that this plugin uses, for one project and one call of a verb. Each failed request
 * throws a `NeonFailure`.
 */
import {
  type Api,
  createApiClient,
  type Database,
  type Endpoint,
  EndpointType,
  type Operation,
  type Role,
} from '@neondatabase/api-client';
import { type NeonBranch, KEY_ANNOTATION, NAME_ANNOTATION, toBranch } from '../branch.js';
import type { NeonConfig } from '../config.js';
import { NeonFailure } from './failure.js';
import { Requests } from './requests.js';
import { required, requiredList } from './shape.js';

const REQUEST_MS = 10_000;
const PAGE = 500;
const RECENT = 100;

export type Client = Api<unknown>;
export interface CreatedBranch {
  readonly branchId: string;
  readonly endpointId: string | null;
}

export function clientFor({ apiKey, apiUrl }: NeonConfig): Client {
  return createApiClient({
    apiKey,
    baseURL: apiUrl.replace(/\/+$/, ''),
    timeout: REQUEST_MS,
    maxRedirects: 0,
  });
}

export class Neon {
  readonly #requests: Requests;

  constructor(
    private readonly client: Client,
    readonly config: NeonConfig,
    readonly project: string,
    signal: AbortSignal,
  ) {
    this.#requests = new Requests(config.apiKey, signal);
  }

  async projectExists(): Promise<void> {
    const { project } = await this.#requests.repeatable('read the project', (params) =>
      this.client.getProject(this.project, params),
    );
    required(project, 'project');
  }

  /**
   * Returns all branches, oldest first: in this order no page misses one while others are created and
   * deleted.
   */
  async branches(): Promise<NeonBranch[]> {
    const found: NeonBranch[] = [];
    let cursor: string | undefined;
    do {
      const query = {
        projectId: this.project,
        limit: PAGE,
        sort_by: 'created_at',
        sort_order: 'asc',
      } as const;
      const page = await this.#requests.repeatable('list the branches', (params) =>
        this.client.listProjectBranches({ ...query, ...(cursor ? { cursor } : {}) }, params),
      );
      const { branches, annotations, pagination } = page;
      found.push(...requiredList(branches, 'branches').map((one) => toBranch(one, annotations[one.id])));
      cursor = branches.length === 0 ? undefined : pagination?.next;
    } while (cursor);
    return found;
  }

  /** Returns the branch, or null when it does not exist. */
  async branch(id: string): Promise<NeonBranch | null> {
    try {
      const { branch, annotation } = await this.#requests.repeatable('read the branch', (params) =>
        this.client.getProjectBranch(this.project, id, params),
      );
      return toBranch(required(branch, 'branch'), annotation);
    } catch (error) {
      if (isStatus(error, 404)) return null;
      throw error;
    }
  }

  /**
   * Creates a branch. Does not repeat the request: after a request without an answer the branch may exist.
   */
  async createBranch(name: string, parentId: string, key: string): Promise<CreatedBranch> {
    const data = {
      branch: { name, parent_id: parentId },
      endpoints: [{ type: EndpointType.ReadWrite, ...this.#compute() }],
      annotation_value: { [KEY_ANNOTATION]: key, [NAME_ANNOTATION]: name },
    };
    const { branch, endpoints } = await this.#requests.once('create the branch', (params) =>
      this.client.createProjectBranch(this.project, data, params),
    );
    return {
      branchId: required(branch, 'branch').id,
      endpointId: requiredList(endpoints, 'endpoints')[0]?.id ?? null,
    };
  }

  /** Deletes a branch. Returns the operations that Neon started; none when the branch did not exist. */
  async deleteBranch(branchId: string): Promise<Operation[]> {
    try {
      const deleted = await this.#requests.repeatable('delete the branch', (params) =>
        this.client.deleteProjectBranch({ projectId: this.project, branchId }, params),
      );
      // 204, the answer for a branch that does not exist any more, has no body.
      return (deleted as Partial<typeof deleted> | null)?.operations ?? [];
    } catch (error) {
      if (isStatus(error, 404)) return [];
      throw error;
    }
  }

  async endpoints(branchId: string): Promise<Endpoint[]> {
    const { endpoints } = await this.#requests.repeatable('list the computes', (params) =>
      this.client.listProjectBranchEndpoints(this.project, branchId, params),
    );
    return requiredList(endpoints, 'endpoints');
  }

  /** Returns the compute with the `branch_id` that it has now, or null when it does not exist. */
  async endpoint(id: string): Promise<Endpoint | null> {
    try {
      const { endpoint } = await this.#requests.repeatable('read the compute', (params) =>
        this.client.getProjectEndpoint(this.project, id, params),
      );
      return required(endpoint, 'endpoint');
    } catch (error) {
      if (isStatus(error, 404)) return null;
      throw error;
    }
  }

  async createEndpoint(branchId: string): Promise<void> {
    const endpoint = { branch_id: branchId, type: EndpointType.ReadWrite, ...this.#compute() };
    await this.#requests.once('create the compute', (params) =>
      this.client.createProjectEndpoint(this.project, { endpoint }, params),
    );
  }

  async databases(branchId: string): Promise<Database[]> {
    const { databases } = await this.#requests.repeatable('list the databases', (params) =>
      this.client.listProjectBranchDatabases(this.project, branchId, params),
    );
    return requiredList(databases, 'databases');
  }

  async roles(branchId: string): Promise<Role[]> {
    const { roles } = await this.#requests.repeatable('list the roles', (params) =>
      this.client.listProjectBranchRoles(this.project, branchId, params),
    );
    return requiredList(roles, 'roles');
  }

  /** Returns the pooled connection string, with the password that Neon stores. */
  async connection(query: {
    branch_id: string;
    endpoint_id: string;
    database_name: string;
    role_name: string;
  }): Promise<URL> {
    const { uri } = await this.#requests.repeatable('read the connection string', (params) =>
      this.client.getConnectionUri({ projectId: this.project, pooled: true, ...query }, params),
    );
    if (!URL.canParse(uri)) throw new Error('neon-branch: Neon returned an invalid connection string');
    return new URL(uri);
  }

  /** Returns the operations on this branch among the newest of the project, oldest first. */
  async operationsOf(branchId: string): Promise<Operation[]> {
    const { operations } = await this.#requests.repeatable('list the operations', (params) =>
      this.client.listProjectOperations({ projectId: this.project, limit: RECENT }, params),
    );
    return requiredList(operations, 'operations')
      .filter((one) => one.branch_id === branchId)
      .toReversed();
  }

  /** Returns the operation, or null when Neon no longer lists it. */
  async operation(id: string): Promise<Operation | null> {
    try {
      const read = await this.#requests.repeatable('read an operation', (params) =>
        this.client.getProjectOperation(this.project, id, params),
      );
      return required(read.operation, 'operation');
    } catch (error) {
      if (isStatus(error, 404)) return null;
      throw error;
    }
  }

  #compute(): Record<string, number> {
    const { compute, suspendAfter } = this.config;
    return {
      ...(compute ? { autoscaling_limit_min_cu: compute.min, autoscaling_limit_max_cu: compute.max } : {}),
      ...(suspendAfter === undefined
        ? {}
        : { suspend_timeout_seconds: suspendAfter === 'never' ? -1 : suspendAfter }),
    };
  }
}

export const isStatus = (error: unknown, status: number): boolean =>
  error instanceof NeonFailure && error.answer.status === status;
