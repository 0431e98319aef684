import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApplication, type Application } from '../../../src/boot/create-app.js';
import { SHUTDOWN, shutDown, type EndingProcess } from '../../../src/boot/shutdown.js';
import { Sql } from '../../../src/database/sql.js';
import { ShutdownState } from '../../../src/health/shutdown-state.js';
import { Connections } from '../../../src/http/server/connections.js';
import { OpenStreams } from '../../../src/http/streaming/closing.js';
import { SweeperLifecycle } from '../../../src/sweeper/sweeper-lifecycle.js';
import { VercelGateway } from '../../../src/vercel/gateway.js';
import { VercelCallRecorder } from '../../../src/vercel/recorder/vercel-call-recorder.js';
import { WorkerLifecycle } from '../../../src/worker/worker-lifecycle.js';
import { PROVISIONERS } from '../../../src/worker/provisioners/provisioner.constants.js';
import { ACTIONS, createWorld, VIEWER } from '../../support/world.js';

/** A second process beside the one of the world, and what its shutdown does, in order. */
async function ending(): Promise<{ app: Application; process: EndingProcess; seen: string[] }> {
  const world = await createWorld({ actions: ACTIONS.memory, roles: 'web' });
  onTestFinished(() => world.close());
  const config = { ...world.config, roles: new Set(['web', 'worker'] as const) };
  const app = await startApplication(config, world.databaseUrl);
  const { nest } = app;
  const seen: string[] = [];
  const server: Server = nest.getHttpServer();
  noteCalls(nest.get(ShutdownState), 'beginShutdown', seen, 'readiness');
  noteCalls(nest.get(WorkerLifecycle), 'handBack', seen, 'work');
  nest.get(OpenStreams).signal.addEventListener('abort', () => seen.push('streams'));
  noteCalls(nest.get(SweeperLifecycle), 'stop', seen, 'sweeper');
  server.once('close', () => seen.push('server'));
  noteCalls(nest.get(VercelGateway), 'close', seen, 'gateway');
  noteCalls(nest.get(VercelCallRecorder), 'close', seen, 'recorder');
  noteCalls(nest.get(PROVISIONERS), 'close', seen, 'plugins');
  noteCalls(nest.get(Sql), 'close', seen, 'pools');
  const process: EndingProcess = {
    nest,
    config,
    connections: new Connections(server),
    stopTracing: async () => void seen.push('traces'),
    leaveDatabase: async () => void seen.push('database'),
  };
  return { app, process, seen };
}

/** Notes when a call of this method has ended. */
function noteCalls<Of extends object>(of: Of, name: keyof Of & string, seen: string[], as: string): void {
  const method = of[name] as () => unknown;
  const noted = async (): Promise<void> => {
    await method.call(of);
    seen.push(as);
  };
  Object.assign(of, { [name]: noted });
}

describe('a shutdown', () => {
  it('ends what a process has in the order of its list, an open event stream included', async () => {
    const { app, process, seen } = await ending();
    const stream = await fetch(`${app.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${VIEWER}` },
    });
    expect(stream.status).toBe(200);
    await shutDown(process);
    const modules = seen.splice(seen.indexOf('server') + 1, 4);
    expect(modules.toSorted()).toEqual(['gateway', 'plugins', 'pools', 'recorder']);
    expect(modules.indexOf('gateway')).toBeLessThan(modules.indexOf('recorder'));
    expect(modules.at(-1)).toBe('pools');
    expect(seen).toEqual(['readiness', 'work', 'streams', 'sweeper', 'server', 'traces', 'database']);
    await stream.text();
  });

  it('goes on after a step that fails, and says which one did', async () => {
    const { process, seen } = await ending();
    const failing = { ...process, stopTracing: () => Promise.reject(new Error('no collector')) };
    await expect(shutDown(failing)).rejects.toThrow('shutdown, flush traces: no collector');
    expect(seen.at(-1)).toBe('database');
  });

  it('is documented step by step', async () => {
    const page = await readFile('docs/architecture.md', 'utf8');
    const listed = [...page.matchAll(/^\d\. \*\*([a-z, ]+)\*\*: /gm)].map(([, name]) => name);
    expect(listed).toEqual(SHUTDOWN.map(({ name }) => name));
  });
});
