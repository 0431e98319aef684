/** Finds the caller and the route of a request, and returns the route's answer. */
import type { IncomingMessage } from 'node:http';
import type { NeonFaults } from './faults.js';
import type { FakeProject } from './project.js';
import { badRequest, notFound, NeonRefusal } from './refusal.js';
import { type Reply, type Route, ROUTES } from './routes.js';

export const BASE = '/api/v2';

export interface NeonServer {
  readonly projects: Map<string, FakeProject>;
  readonly faults: NeonFaults;
  readonly apiKey: string;
  readonly readOnlyKey: string | null;
  readonly maxPage: number;
}

export interface NeonRequest {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** Throws a NeonRefusal. */
export function answer(world: NeonServer, asked: NeonRequest): Reply {
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

function authorize({ apiKey, readOnlyKey }: NeonServer, { request, method }: NeonRequest): void {
  const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (given === apiKey) return;
  if (given === undefined) throw new NeonRefusal(401, 'authentication required');
  if (given !== readOnlyKey) throw new NeonRefusal(401, 'authorization failed');
  if (method !== 'GET') throw new NeonRefusal(403, 'this key may not change anything');
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

function jsonOf({ request, body }: NeonRequest): unknown {
  if (body === '') return undefined;
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new NeonRefusal(415, 'content type must be application/json');
  try {
    return JSON.parse(body);
  } catch {
    throw badRequest('the body is not JSON');
  }
}
