/**
 * A fake of Neon's API: a real HTTP server with real state (projects, branches, computes, roles, operations
 * that take time, limits, pages) that refuses what Neon refuses and has faults on demand.
 *
 *     const neon = await startFakeNeon({ operationMs: 200 });
 *     const config = { apiKey: neon.apiKey, project: neon.project().id, apiUrl: neon.url };
 *     neon.faults.set({ probability: 0.2, seed: 7 }); // at any time, also during requests
 *     neon.branchesOf('the-key'); // the real state, not through the API
 *     neon.project().addBranch({ name: 'preview/x', annotation: { 'drawbridge-key': 'k' } });
 *     neon.project().removeBranch('preview/x');
 *     await neon.stop();
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BASE, type NeonServer } from './answer.js';
import { NeonFaults, type FaultSettings } from './faults.js';
import { FakeProject, type ProjectOptions } from './project.js';
import { type HandledRequest, serve } from './serve.js';
import type { BranchState } from './state.js';

export interface FakeNeonOptions extends Partial<ProjectOptions> {
  /** By default `fake-project`. Options of a project apply to the first one; `addProject` adds more. */
  readonly id?: string;
  /** The key that may do everything; random by default. */
  readonly apiKey?: string;
  /** A key that gets 403 for every change. */
  readonly readOnlyKey?: string;
  readonly faults?: FaultSettings;
  /** The maximum of branches on a page, regardless of `limit`; 10,000 by default. */
  readonly maxPage?: number;
  /** The annotation that `branchesOf` and `keys` read. */
  readonly keyAnnotation?: string;
}

export interface FakeNeon {
  /** The value for `apiUrl`, with `/api/v2`. */
  readonly url: string;
  readonly apiKey: string;
  readonly faults: NeonFaults;
  /** All requests since the start, in the order of their arrival. */
  readonly requests: readonly HandledRequest[];
  /** The project with this id; by default the first one. */
  project(id?: string): FakeProject;
  addProject(options: ProjectOptions): FakeProject;
  removeProject(id: string): void;
  /** All branches of all projects, except the default branches. */
  branches(): BranchState[];
  /** The branches with this key. */
  branchesOf(key: string): BranchState[];
  /** The keys of all branches; a key occurs twice when two branches have it. */
  keys(): string[];
  stop(): Promise<void>;
}

export async function startFakeNeon(options: FakeNeonOptions = {}): Promise<FakeNeon> {
  const first = new FakeProject({ ...options, id: options.id ?? 'fake-project' });
  const requests: HandledRequest[] = [];
  const world: NeonServer = {
    projects: new Map([[first.id, first]]),
    faults: new NeonFaults(),
    apiKey: options.apiKey ?? `napi_${randomUUID().replaceAll('-', '')}`,
    readOnlyKey: options.readOnlyKey ?? null,
    maxPage: options.maxPage ?? 10_000,
  };
  if (options.faults) world.faults.set(options.faults);
  const server = createServer((request, response) => {
    serve(world, requests, { request, response }).catch((error: unknown) => response.destroy(error as Error));
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
    requests,
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

function projectOf({ projects }: NeonServer, id: string): FakeProject {
  const project = projects.get(id);
  if (project === undefined) throw new Error(`fake neon: no project "${id}"`);
  return project;
}
