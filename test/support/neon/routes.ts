/**
 * The supported routes of Neon's API, each with all its parameters. Other parameters in a query or body are
 * refused.
 */
import { z } from 'zod';
import { page } from './paging.js';
import type { FakeProject } from './project.js';
import { badRequest, notFound, NeonRefusal } from './refusal.js';
import { moveEndpoint, restoreInPlace } from './restore.js';
import type { ComputeWish } from './state.js';
import {
  annotationOut,
  branchOut,
  databaseOut,
  endpointOut,
  hostOf,
  operationOut,
  projectOut,
  roleOut,
} from './wire.js';

export interface FakeNeonCall {
  readonly project: FakeProject;
  /** The parts of the path after the project, by name. */
  readonly ids: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** The maximum of branches on a page, regardless of `limit`. */
  readonly maxPage: number;
}
export interface Reply {
  readonly status: number;
  readonly body?: object;
}
export interface Route {
  readonly method: string;
  /** The path below `/projects/{project}`; `{name}` matches one part. */
  readonly path: string;
  readonly answer: (call: FakeNeonCall) => Reply;
}

const units = z.number().min(0.25);
const endpointShape = {
  type: z.enum(['read_write', 'read_only']),
  autoscaling_limit_min_cu: units.optional(),
  autoscaling_limit_max_cu: units.optional(),
  suspend_timeout_seconds: z.int().min(-1).max(604_800).optional(),
};
const branchBody = z.strictObject({
  branch: z
    .strictObject({
      name: z.string().min(1).max(256).optional(),
      parent_id: z.string().optional(),
      protected: z.boolean().optional(),
    })
    .optional(),
  endpoints: z.array(z.strictObject(endpointShape)).optional(),
  annotation_value: z
    .record(z.string(), z.string())
    .refine((value) => Object.keys(value).length <= 50)
    .optional(),
});
type EndpointWish = z.infer<z.ZodObject<typeof endpointShape>>;
const endpointBody = z.strictObject({
  endpoint: z.strictObject({ branch_id: z.string(), ...endpointShape }),
});
const moveBody = z.strictObject({ endpoint: z.strictObject({ branch_id: z.string() }) });
const restoreBody = z.strictObject({
  source_branch_id: z.string(),
  source_timestamp: z.string(),
  preserve_under_name: z.string().min(1),
});
const renameBody = z.strictObject({ branch: z.strictObject({ name: z.string().min(1).max(256) }) });
const uriQuery = z.strictObject({
  branch_id: z.string().optional(),
  endpoint_id: z.string().optional(),
  database_name: z.string(),
  role_name: z.string(),
  pooled: z.enum(['true', 'false']).optional(),
});
const operationsQuery = z.strictObject({ limit: z.string().optional(), cursor: z.string().optional() });
const branchesQuery = z.strictObject({
  search: z.string().optional(),
  sort_by: z.enum(['name', 'created_at', 'updated_at']).optional(),
  sort_order: z.enum(['asc', 'desc']).optional(),
  cursor: z.string().optional(),
  limit: z.string().optional(),
  include_deleted: z.enum(['true', 'false']).optional(),
});
const nothing = z.strictObject({});
const deleteQuery = z.strictObject({ hard_delete: z.enum(['true', 'false']).optional() });

export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '',
    answer: ({ project, query }) => {
      take(nothing, query);
      return { status: 200, body: { project: projectOut(project) } };
    },
  },
  { method: 'GET', path: '/branches', answer: listBranches },
  { method: 'POST', path: '/branches', answer: createBranch },
  {
    method: 'GET',
    path: '/branches/{branch}',
    answer: ({ project, ids, query }) => {
      take(nothing, query);
      const branch = project.branch(need(ids, 'branch'));
      return {
        status: 200,
        body: { branch: branchOut(project, branch), annotation: annotationOut(branch) },
      };
    },
  },
  {
    method: 'PATCH',
    path: '/branches/{branch}',
    answer: ({ project, ids, body }) => {
      const { branch } = take(renameBody, body);
      const renamed = project.renameBranch(need(ids, 'branch'), branch.name);
      return { status: 200, body: { branch: branchOut(project, renamed), operations: [] } };
    },
  },
  {
    method: 'DELETE',
    path: '/branches/{branch}',
    answer: ({ project, ids, query }) => {
      take(deleteQuery, query);
      const deleted = project.deleteBranch(need(ids, 'branch'));
      if (deleted === null) return { status: 204 };
      const operations = deleted.operations.map((one) => operationOut(project, one));
      return { status: 200, body: { branch: branchOut(project, deleted.branch), operations } };
    },
  },
  {
    method: 'GET',
    path: '/branches/{branch}/endpoints',
    answer: ({ project, ids }) => {
      const branch = project.branch(need(ids, 'branch'));
      const endpoints = branch.endpoints.map((one) => endpointOut(project, branch, one));
      return { status: 200, body: { endpoints } };
    },
  },
  {
    method: 'GET',
    path: '/branches/{branch}/databases',
    answer: ({ project, ids }) => {
      const branch = project.usableBranch(need(ids, 'branch'));
      return { status: 200, body: { databases: branch.databases.map((one) => databaseOut(branch, one)) } };
    },
  },
  {
    method: 'GET',
    path: '/branches/{branch}/roles',
    answer: ({ project, ids }) => {
      const branch = project.usableBranch(need(ids, 'branch'));
      return { status: 200, body: { roles: branch.roles.map((one) => roleOut(branch, one)) } };
    },
  },
  {
    method: 'GET',
    path: '/branches/{branch}/roles/{role}/reveal_password',
    answer: ({ project, ids }) => {
      const branch = project.usableBranch(need(ids, 'branch'));
      return {
        status: 200,
        body: { password: passwordOf(project, branch.roles, need(ids, 'role')) },
      };
    },
  },
  {
    method: 'POST',
    path: '/branches/{branch}/restore',
    answer: ({ project, ids, body }) => {
      const { preserve_under_name } = take(restoreBody, body);
      const branch = restoreInPlace(project, need(ids, 'branch'), { preserveUnderName: preserve_under_name });
      return { status: 200, body: { branch: branchOut(project, branch), operations: [] } };
    },
  },
  { method: 'POST', path: '/endpoints', answer: createEndpoint },
  {
    method: 'GET',
    path: '/endpoints/{endpoint}',
    answer: ({ project, ids }) => {
      const { branch, endpoint } = project.endpoint(need(ids, 'endpoint'));
      return { status: 200, body: { endpoint: endpointOut(project, branch, endpoint) } };
    },
  },
  {
    method: 'PATCH',
    path: '/endpoints/{endpoint}',
    answer: ({ project, ids, body }) => {
      const { endpoint } = take(moveBody, body);
      const branch = moveEndpoint(project, need(ids, 'endpoint'), endpoint.branch_id);
      const moved = project.endpoint(need(ids, 'endpoint')).endpoint;
      return { status: 200, body: { endpoint: endpointOut(project, branch, moved), operations: [] } };
    },
  },
  { method: 'GET', path: '/operations', answer: listOperations },
  {
    method: 'GET',
    path: '/operations/{operation}',
    answer: ({ project, ids }) => {
      const found = project.operations().find(({ id }) => id === need(ids, 'operation'));
      if (found === undefined) throw notFound('operation');
      return { status: 200, body: { operation: operationOut(project, found) } };
    },
  },
  { method: 'GET', path: '/connection_uri', answer: connectionUri },
];

function listBranches({ project, query, maxPage }: FakeNeonCall): Reply {
  const { search, sort_by = 'updated_at', sort_order = 'desc', cursor, limit } = take(branchesQuery, query);
  const wanted = project
    .listed()
    .filter(({ id, name }) => search === undefined || id.includes(search) || name.includes(search));
  const sortKey = { name: 'name', created_at: 'createdAt', updated_at: 'updatedAt' } as const;
  const { items, next } = page(wanted, {
    by: (branch) => [branch[sortKey[sort_by]], branch.number],
    descending: sort_order === 'desc',
    cursor,
    limit: Math.min(maxPage, limitOf(limit, 10_000) ?? 100),
  });
  return {
    status: 200,
    body: {
      branches: items.map((branch) => branchOut(project, branch)),
      annotations: Object.fromEntries(
        items.filter(isAnnotated).map((branch) => [branch.id, annotationOut(branch)]),
      ),
      pagination: { ...(next === null ? {} : { next }), sort_by, sort_order },
    },
  };
}

const isAnnotated = ({ annotation }: { annotation: object }): boolean => Object.keys(annotation).length > 0;

function createBranch({ project, body }: FakeNeonCall): Reply {
  const { branch: wish = {}, endpoints = [], annotation_value } = take(branchBody, body ?? {});
  if (endpoints.filter(({ type }) => type === 'read_write').length > 1)
    throw badRequest('a branch can have one read_write endpoint only');
  const { branch, operations } = project.createBranch({
    name: wish.name,
    parentId: wish.parent_id || undefined,
    isProtected: wish.protected,
    annotation: annotation_value,
    endpoints: endpoints.map(toCompute),
  });
  return {
    status: 201,
    body: {
      branch: branchOut(project, branch),
      endpoints: branch.endpoints.map((one) => endpointOut(project, branch, one)),
      operations: operations.map((one) => operationOut(project, one)),
      roles: branch.roles.map((one) => roleOut(branch, one)),
      databases: branch.databases.map((one) => databaseOut(branch, one)),
    },
  };
}

function createEndpoint({ project, body }: FakeNeonCall): Reply {
  const { endpoint: wish } = take(endpointBody, body);
  const { endpoint, operations } = project.createEndpoint(wish.branch_id, toCompute(wish));
  const branch = project.branch(wish.branch_id);
  return {
    status: 201,
    body: {
      endpoint: endpointOut(project, branch, endpoint),
      operations: operations.map((one) => operationOut(project, one)),
    },
  };
}

function toCompute(wish: EndpointWish): ComputeWish {
  return {
    type: wish.type,
    minCu: wish.autoscaling_limit_min_cu,
    maxCu: wish.autoscaling_limit_max_cu,
    suspendTimeoutSeconds: wish.suspend_timeout_seconds,
  };
}

function listOperations({ project, query }: FakeNeonCall): Reply {
  const { cursor, limit } = take(operationsQuery, query);
  const { items, next } = page(project.operations(), {
    by: ({ createdAt, number }) => [createdAt, number],
    descending: true,
    cursor,
    limit: limitOf(limit, 1_000) ?? 100,
  });
  return {
    status: 200,
    body: {
      operations: items.map((one) => operationOut(project, one)),
      ...(next === null ? {} : { pagination: { cursor: next } }),
    },
  };
}

function connectionUri({ project, query }: FakeNeonCall): Reply {
  const wish = take(uriQuery, query);
  const branch = project.usableBranch(wish.branch_id ?? project.defaultBranch().id);
  const endpoint = branch.endpoints.find(({ id, type }) =>
    wish.endpoint_id === undefined ? type === 'read_write' : id === wish.endpoint_id,
  );
  if (endpoint === undefined) throw notFound('endpoint');
  if (!branch.databases.some(({ name }) => name === wish.database_name)) throw notFound('database');
  const uri = new URL(`postgresql://${hostOf(endpoint, wish.pooled === 'true')}`);
  uri.username = encodeURIComponent(wish.role_name);
  uri.password = encodeURIComponent(passwordOf(project, branch.roles, wish.role_name));
  uri.pathname = `/${encodeURIComponent(wish.database_name)}`;
  uri.search = '?sslmode=require&channel_binding=require';
  return { status: 200, body: { uri: uri.href } };
}

function passwordOf(
  project: FakeProject,
  roles: readonly { name: string; password: string }[],
  name: string,
): string {
  const role = roles.find((one) => one.name === name);
  if (role === undefined) throw notFound('role');
  if (project.options.storePasswords === false) throw new NeonRefusal(412, 'storing passwords is disabled');
  return role.password;
}

function take<T>(schema: z.ZodType<T>, value: unknown): T {
  const taken = schema.safeParse(value);
  if (taken.success) return taken.data;
  const [issue] = taken.error.issues;
  throw badRequest(`request is not valid: ${issue?.path.join('.')}: ${issue?.message}`);
}

function limitOf(text: string | undefined, most: number): number | null {
  if (text === undefined) return null;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw badRequest(`limit must be 1 to ${most}`);
  return limit;
}

function need(ids: Readonly<Record<string, string>>, name: string): string {
  const id = ids[name] ?? '';
  if (name !== 'role' && !/^[a-z0-9-]{1,60}$/.test(id)) throw badRequest(`${name}_id is not valid`);
  return id;
}
