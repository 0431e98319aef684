import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApplication, type Application } from '../../../src/boot/create-app.js';
import { SHUTDOWN, shutDown, type EndingProcess } from '../../../src/boot/shutdown.js';
import { Sql } from '../../../src/database/sql.js';
import { ShutdownState } from '../../../src/health/shutdown-state.js';
import { Connections } from '../../../src/http/server/connections.js';
import { OpenStreams } from '../../../src/http/streaming/open-streams.js';
import { SweeperLifecycle } from '../../../src/sweeper/sweeper-lifecycle.js';
import { VercelGateway } from '../../../src/vercel/gateway.js';
import { VercelCallRecorder } from '../../../src/vercel/recorder/vercel-call-recorder.js';
import { WorkerLifecycle } from '../../../src/worker/worker-lifecycle.js';
import { PROVISIONERS } from '../../../src/worker/provisioners/provisioner.constants.js';
import { ACTIONS, createWorld, VIEWER } from '../../support/world.js';

/** Starts a second process beside the world's, which records the steps of its shutdown. */
async function startRecorded(): Promise<{ app: Application; process: EndingProcess; steps: string[] }> {
  const world = await createWorld({ actions: ACTIONS.memory, roles: 'web' });
  onTestFinished(() => world.close());
  const config = { ...world.config, roles: new Set(['web', 'worker'] as const) };
  const app = await startApplication(config, world.databaseUrl);
  const { nest } = app;
  const steps: string[] = [];
  const server: Server = nest.getHttpServer();
  recordCall(nest.get(ShutdownState), 'beginShutdown', steps, 'readiness');
  recordCall(nest.get(WorkerLifecycle), 'handBack', steps, 'work');
  nest.get(OpenStreams).signal.addEventListener('abort', () => steps.push('streams'));
  recordCall(nest.get(SweeperLifecycle), 'stop', steps, 'sweeper');
  server.once('close', () => steps.push('server'));
  recordCall(nest.get(VercelGateway), 'close', steps, 'gateway');
  recordCall(nest.get(VercelCallRecorder), 'close', steps, 'recorder');
  recordCall(nest.get(PROVISIONERS), 'close', steps, 'plugins');
  recordCall(nest.get(Sql), 'close', steps, 'pools');
  const process: EndingProcess = {
    nest,
    config,
    connections: new Connections(server),
    stopTracing: async () => void steps.push('traces'),
    leaveDatabase: async () => void steps.push('database'),
  };
  return { app, process, steps };
}

/** Records when a call of this method has ended. */
function recordCall<Of extends object>(of: Of, name: keyof Of & string, steps: string[], as: string): void {
  const method = of[name] as () => unknown;
  const recorded = async (): Promise<void> => {
    await method.call(of);
    steps.push(as);
  };
  Object.assign(of, { [name]: recorded });
}

describe('a shutdown', () => {
  it('executes the steps of its list in order, with an open event stream', async () => {
    const { app, process, steps } = await startRecorded();
    const stream = await fetch(`${app.url}/api/v1/events`, {
      headers: { authorization: `Bearer ${VIEWER}` },
    });
    expect(stream.status).toBe(200);
    await shutDown(process);
    const modules = steps.splice(steps.indexOf('server') + 1, 4);
    expect(modules.toSorted()).toEqual(['gateway', 'plugins', 'pools', 'recorder']);
    expect(modules.indexOf('gateway')).toBeLessThan(modules.indexOf('recorder'));
    expect(modules.at(-1)).toBe('pools');
    expect(steps).toEqual(['readiness', 'work', 'streams', 'sweeper', 'server', 'traces', 'database']);
    await stream.text();
  });

  it('continues after a failed step and names it', async () => {
    const { process, steps } = await startRecorded();
    const failing = { ...process, stopTracing: () => Promise.reject(new Error('no collector')) };
    await expect(shutDown(failing)).rejects.toThrow('shutdown, flush traces: no collector');
    expect(steps.at(-1)).toBe('database');
  });

  it('is documented step by step', async () => {
    const page = await readFile('docs/architecture.md', 'utf8');
    const listed = [...page.matchAll(/^\d\. \*\*([a-z, ]+)\*\*: /gm)].map(([, name]) => name);
    expect(listed).toEqual(SHUTDOWN.map(({ name }) => name));
  });
});
