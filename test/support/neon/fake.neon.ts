/**
 * A stand-in for Neon's API: a real HTTP server with real state (projects, branches, computes, roles, operations that take time,
 * limits, pages) that refuses what Neon refuses and has faults on demand.
 *
 *     const neon = await startFakeNeon({ operationMs: 200 });
 *     const config = { apiKey: neon.apiKey, project: neon.project().id, apiUrl: neon.url };
 *     neon.faults.set({ probability: 0.2, seed: 7 });          // at any time, also while requests are under way
 *     neon.branchesOf('the-key');                               // behind the API's back: what there really is
 *     neon.project().addBranch({ name: 'preview/x', annotation: { 'drawbridge-key': 'k' } });
 *     neon.project().removeBranch('preview/x');
 *     await neon.stop();
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultKind, Faults, type FaultSettings, type ScriptedAnswer } from './faults.js';
import { type BranchState, FakeProject, type ProjectOptions } from './project.js';
import { badRequest, locked, notFound, Refusal } from './refusal.js';
import { type Reply, type Route, ROUTES } from './routes.js';

export interface FakeNeonOptions extends Partial<ProjectOptions> {
  /** Unless told: `fake-project`. Options of a project are those of the first one; more come with `addProject`. */
  readonly id?: string;
  /** The key that may do everything; drawn unless told. */
  readonly apiKey?: string;
  /** A key that gets 403 for whatever changes something. */
  readonly readOnlyKey?: string;
  readonly faults?: FaultSettings;
  /** The most that a page of branches holds, whatever `limit` says; 10,000 unless told. */
  readonly maxPage?: number;
  /** The annotation that `branchesOf` and `keys` go by. */
  readonly keyAnnotation?: string;
}

export interface SeenRequest {
  readonly method: string;
  /** Below `/api/v2`, without the query. */
  readonly path: string;
  readonly fault: FaultKind | 'scripted' | null;
  /** Null: no answer was given. */
  status: number | null;
}

export interface FakeNeon {
  /** With `/api/v2`: what `apiUrl` has to be. */
  readonly url: string;
  readonly apiKey: string;
  readonly faults: Faults;
  /** All requests since the start, in the order in which they came. */
  readonly requests: readonly SeenRequest[];
  /** By id; the first one unless told. */
  project(id?: string): FakeProject;
  addProject(options: ProjectOptions): FakeProject;
  removeProject(id: string): void;
  /** All branches of all projects, but the default ones. */
  branches(): BranchState[];
  /** Those that bear this key. */
  branchesOf(key: string): BranchState[];
  /** Of all branches that bear one; a key twice when two bear it. */
  keys(): string[];
  stop(): Promise<void>;
}

const BASE = '/api/v2';
const LARGEST_BODY = 1 << 20;

interface World {
  readonly projects: Map<string, FakeProject>;
  readonly faults: Faults;
  readonly requests: SeenRequest[];
  readonly apiKey: string;
  readonly readOnlyKey: string | null;
  readonly maxPage: number;
}

export async function startFakeNeon(options: FakeNeonOptions = {}): Promise<FakeNeon> {
  const first = new FakeProject({ ...options, id: options.id ?? 'fake-project' });
  const world: World = {
    projects: new Map([[first.id, first]]),
    faults: new Faults(),
    requests: [],
    apiKey: options.apiKey ?? `napi_${randomUUID().replaceAll('-', '')}`,
    readOnlyKey: options.readOnlyKey ?? null,
    maxPage: options.maxPage ?? 10_000,
  };
  if (options.faults) world.faults.set(options.faults);
  const server = createServer((request, response) => {
    serve(world, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const annotation = options.keyAnnotation ?? 'drawbridge-key';
  const all = (): BranchState[] =>
    [...world.projects.values()].flatMap((project) => project.branches()).filter((one) => !one.isDefault);
  return {
    url: `http://127.0.0.1:${port}${BASE}`,
    apiKey: world.apiKey,
    faults: world.faults,
    requests: world.requests,
    project: (id = first.id) => projectOf(world, id),
    addProject(more) {
      const project = new FakeProject(more);
      world.projects.set(project.id, project);
      return project;
    },
    removeProject: (id) => void world.projects.delete(id),
    branches: all,
    branchesOf: (key) => all().filter((branch) => branch.annotation[annotation] === key),
    keys: () => all().flatMap((branch) => branch.annotation[annotation] ?? []),
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fake');
  const method = request.method ?? 'GET';
  const path = url.pathname.startsWith(`${BASE}/`) ? url.pathname.slice(BASE.length) : url.pathname;
  const body = await bodyOf(request);
  const fault = world.faults.draw(method, path);
  const seen: SeenRequest = {
    method,
    path,
    fault: typeof fault === 'object' && fault !== null ? 'scripted' : fault,
    status: null,
  };
  world.requests.push(seen);
  response.on('finish', () => (seen.status = response.statusCode));
  const carryOut = (): Reply => answer(world, { request, url, method, path, body });
  await withFault(world.faults, fault, { response, carryOut });
}

interface Exchange {
  readonly response: ServerResponse;
  readonly carryOut: () => Reply;
}

async function withFault(
  faults: Faults,
  fault: FaultKind | ScriptedAnswer | null,
  { response, carryOut }: Exchange,
): Promise<void> {
  if (typeof fault === 'object' && fault !== null) return sendScripted(response, fault);
  switch (fault) {
    case null:
      return send(response, orRefusal(carryOut));
    case 'slow':
      await sleep(faults.slowMs);
      return send(response, orRefusal(carryOut));
    case 'server-error':
      return send(response, new Refusal(500, 'internal server error'));
    case 'unavailable':
      return send(response, new Refusal(503, 'service unavailable'));
    case 'locked':
      return send(response, locked());
    case 'rate-limit': {
      const headers = { 'retry-after': String(faults.retryAfterSeconds) };
      return send(response, new Refusal(429, 'too many requests'), headers);
    }
    case 'reset':
      return void response.socket?.resetAndDestroy();
    case 'lost-answer':
      orRefusal(carryOut);
      return void response.socket?.resetAndDestroy();
    case 'wrong-answer':
      orRefusal(carryOut);
      return send(response, new Refusal(500, 'internal server error'));
    default:
      return fault satisfies never;
  }
}

function sendScripted(response: ServerResponse, { status, code, message, headers }: ScriptedAnswer): void {
  send(response, new Refusal(status, message ?? 'scripted', code), headers);
}

function orRefusal(carryOut: () => Reply): Reply | Refusal {
  try {
    return carryOut();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

interface Asked {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

function answer(world: World, asked: Asked): Reply {
  authorize(world, asked);
  const [, collection, id = '', ...rest] = asked.path.split('/').map((part) => decodeURIComponent(part));
  if (collection !== 'projects' || !asked.url.pathname.startsWith(BASE)) throw notFound('path');
  const found = routeOf(asked.method, rest);
  if (found === null) throw notFound('path');
  if (!/^[a-z0-9-]{1,60}$/.test(id)) throw badRequest('project_id is not valid');
  const project = world.projects.get(id);
  if (project === undefined) throw notFound('project');
  const query = Object.fromEntries(asked.url.searchParams);
  return found.route.answer({
    project,
    ids: found.ids,
    query,
    body: jsonOf(asked),
    maxPage: world.maxPage,
  });
}

function authorize({ apiKey, readOnlyKey }: World, { request, method }: Asked): void {
  const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (given === apiKey) return;
  if (given === undefined) throw new Refusal(401, 'authentication required');
  if (given !== readOnlyKey) throw new Refusal(401, 'authorization failed');
  if (method !== 'GET') throw new Refusal(403, 'this key may not change anything');
}

function routeOf(method: string, parts: string[]): { route: Route; ids: Record<string, string> } | null {
  for (const route of ROUTES) {
    const wanted = route.path.split('/').slice(1);
    if (route.method !== method || wanted.length !== parts.length) continue;
    const pairs = wanted.map((name, index) => [name, parts[index] ?? ''] as const);
    if (!pairs.every(([name, part]) => name === part || name.startsWith('{'))) continue;
    const ids = pairs
      .filter(([name]) => name.startsWith('{'))
      .map(([name, part]) => [name.slice(1, -1), part]);
    return { route, ids: Object.fromEntries(ids) as Record<string, string> };
  }
  return null;
}

function jsonOf({ request, body }: Asked): unknown {
  if (body === '') return undefined;
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new Refusal(415, 'content type must be application/json');
  try {
    return JSON.parse(body);
  } catch {
    throw badRequest('the body is not JSON');
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Error('fake neon: the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function send(
  response: ServerResponse,
  reply: Reply | Refusal,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body =
    reply instanceof Refusal
      ? { request_id: randomUUID(), code: reply.code, message: reply.message }
      : reply.body;
  response.writeHead(reply.status, { ...(body ? { 'content-type': 'application/json' } : {}), ...headers });
  response.end(body && JSON.stringify(body));
}

function projectOf({ projects }: World, id: string): FakeProject {
  const project = projects.get(id);
  if (project === undefined) throw new Error(`fake neon: there is no project "${id}"`);
  return project;
}
