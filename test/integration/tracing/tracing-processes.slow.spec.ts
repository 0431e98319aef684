import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { startSilence } from '../../support/otlp/receiver.js';
import { byName, createTracingWorld, tracingTo, type TracingWorld } from '../../support/tracing-world.js';
import { eventually } from '../../support/world.js';

const WATCH = new URL('../../support/watch.mjs', import.meta.url).href;
const READY_MS = 30_000;

async function worldOf({ onTestFinished }: TestContext): Promise<TracingWorld> {
  const world = await createTracingWorld();
  onTestFinished(() => world.close());
  return world;
}

describe.concurrent('tracing', () => {
  it('continues in the worker that claims the action after its own was killed', async (context) => {
    const world = await worldOf(context);
    const [web, worker] = await Promise.all([world.start('web'), world.start('worker')]);
    const id = await world.deploy(web, 'hangs once');
    await eventually(() => existsSync(join(world.cwd, `called-${id}`)));
    await worker.kill();
    const other = await world.start('worker');
    const spans = await world.spansOf(id, 'process action', 1, READY_MS);

    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const again = byName(spans, 'process action');
    expect(again.attributes).toMatchObject({ 'pgboss.job.retry_count': 1, 'drawbridge.action.attempt': 2 });
    expect(again.resource['process.pid']).toBe(other.pid);
    expect(again.parentId).toBe(byName(spans, 'send action').spanId);
  });

  it("is off without a collector: it sends nothing and loads only OpenTelemetry's API", async (context) => {
    const world = await worldOf(context);
    const file = join(world.cwd, 'watched.jsonl');
    const server = await world.start('web,worker', { DRAWBRIDGE_WATCH: file }, ['--import', WATCH]);
    const id = await world.deploy(server);
    expect((await world.twin.waitFor(id, READY_MS)).state).toBe('ready');
    expect((await server.stop()).code).toBe(0);

    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    const seen = lines.map((line) => JSON.parse(line) as { loaded?: string; connected?: number });
    expect(new Set(seen.flatMap(({ loaded }) => loaded ?? []))).toEqual(new Set(['@opentelemetry/api']));
    const ports = [world.databaseUrl, world.twin.url].map((url) => Number(new URL(url).port));
    expect(new Set(seen.flatMap(({ connected }) => connected ?? []))).toEqual(new Set(ports));
  });

  it('delays nothing while the collector is unreachable, and logs that once', async (context) => {
    const world = await worldOf(context);
    const server = await world.start('web,worker', tracingTo({ url: 'http://user:canary@127.0.0.1:9' }));
    const id = await world.deploy(server);
    expect((await world.twin.waitFor(id, READY_MS)).state).toBe('ready');
    await eventually(() => server.output().includes('spans could not be sent'), READY_MS);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(server.output().split('spans could not be sent: ECONNREFUSED')).toHaveLength(2);
    expect(server.output()).not.toContain('canary');
  });

  it('delays nothing while the collector does not respond, not even the shutdown', async (context) => {
    const world = await worldOf(context);
    const silence = await startSilence();
    const server = await world.start('web,worker', tracingTo(silence));
    const id = await world.deploy(server);
    expect((await world.twin.waitFor(id, READY_MS)).state).toBe('ready');
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    await silence.close();
  });
});
