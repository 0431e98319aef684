import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceivedSpan } from '../../support/otlp/receiver.js';
import type { DrawbridgeProcess } from '../../support/processes.js';
import { byName, CANARIES, createTracingWorld, type TracingWorld } from '../../support/tracing-world.js';
import { ADMIN, eventually, INSTALLATION, WAIT_MS } from '../../support/world.js';

const PAGE = fileURLToPath(new URL('../../../docs/tracing.md', import.meta.url));
const UPDATE =
  'PATCH /v1/deployments/{deploymentId}/integrations/{integrationConfigurationId}/resources/{resourceId}/actions/{action}';
const GET = 'GET /v13/deployments/{idOrUrl}';

let world: TracingWorld;
let web: DrawbridgeProcess;
let worker: DrawbridgeProcess;

beforeAll(async () => {
  world = await createTracingWorld();
  [web, worker] = await Promise.all([world.start('web'), world.start('worker')]);
});
afterAll(() => world?.close());

const deploy = (way?: string): Promise<string> => world.deploy(web, way);

const rolesOf = ({ resource }: ReceivedSpan): string => [resource['drawbridge.roles']].flat().join();
/** Returns one line for each span, indented below its parent. */
function treeOf(spans: ReceivedSpan[]): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const below = (parent: string | null, depth: number): string[] =>
    spans
      .filter(({ parentId }) => (parent === null ? !ids.has(parentId) : parentId === parent))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((span) => [
        `${'  '.repeat(depth)}${span.name} ${span.kind} ${rolesOf(span)}`,
        ...below(span.spanId, depth + 1),
      ]);
  return below(null, 0);
}

describe('the trace of a deployment', () => {
  it('contains webhook, intake transaction, job, provisioner and PATCH of two processes', async () => {
    const id = await deploy();
    expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
    const spans = await world.spansOf(id, 'process action');

    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(treeOf(spans)).toEqual([
      'POST /webhooks/vercel SERVER web',
      '  intake transaction CLIENT web',
      '    send action PRODUCER web',
      '      process action CONSUMER worker',
      `        ${GET} CLIENT worker`,
      `        ${UPDATE} CLIENT worker`,
      '        provision traced-db INTERNAL worker',
      '          create database INTERNAL worker',
    ]);
    expect(new Set(spans.map(({ resource }) => resource['process.pid']))).toEqual(
      new Set([web.pid, worker.pid]),
    );
  });

  it('has the attributes of the semantic conventions', async () => {
    const id = await deploy();
    const spans = await world.spansOf(id, 'process action');
    const { resource, attributes } = byName(spans, UPDATE);
    expect(attributes).toMatchObject({
      'http.request.method': 'PATCH',
      'http.response.status_code': 202,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(world.twin.url).port),
      'url.full': `${world.twin.url}/v1/deployments/${id}/integrations/icfg_1/resources/res_ready/actions/branch`,
      'drawbridge.vercel.told': 'succeeded',
    });
    expect(resource).toMatchObject({
      'service.name': 'drawbridge',
      'service.version': expect.any(String),
      'deployment.environment.name': 'test',
    });
    expect(byName(spans, 'POST /webhooks/vercel').attributes['http.response.status_code']).toBe(202);
    expect(byName(spans, 'process action').attributes).toMatchObject({
      'messaging.system': 'pg-boss',
      'messaging.destination.name': 'action',
      'drawbridge.action.state': 'succeeded',
      'drawbridge.result': 'done',
    });
    expect(byName(spans, 'create database')).toMatchObject({ scope: 'traced-db' });
    expect(spans.map(({ status }) => status.code)).not.toContain('ERROR');
  });

  it('is referenced by log lines', async () => {
    const id = await deploy();
    const spans = await world.spansOf(id, 'process action');
    const { traceId } = byName(spans, 'process action');
    const { spanId } = byName(spans, 'create database');
    const line = await eventually(() =>
      worker
        .output()
        .split('\n')
        .find((text) => text.includes('making it') && text.includes(traceId)),
    );
    expect(JSON.parse(line)).toMatchObject({ trace_id: traceId, span_id: spanId });
  });

  it('is linked from later work for the deployment, which has its own trace', async () => {
    const id = await deploy();
    await world.spansOf(id, 'process action'); // Otherwise the same job continues with the cleanup.
    world.twin.delete(id);
    const spans = await world.spansOf(id, 'process action', 2);
    const deprovision = spans.find(({ name }) => name === 'deprovision traced-db') as ReceivedSpan;
    const processed = Map.groupBy(
      spans.filter(({ name }) => name === 'process action'),
      ({ traceId }) => (traceId === deprovision.traceId ? 'cleanup' : 'start'),
    );
    const [start, cleanup] = ['start' as const, 'cleanup' as const].map(
      (of) => processed.get(of)?.[0] as ReceivedSpan,
    ) as [ReceivedSpan, ReceivedSpan];

    const webhook = spans.find(({ traceId, kind }) => traceId === start.traceId && kind === 'SERVER');
    expect(cleanup.links).toEqual([{ traceId: start.traceId, spanId: webhook?.spanId }]);
    expect(cleanup.attributes['drawbridge.action.state']).toBe('released');
  });

  it('contains the type of a failure, and only the message that Vercel also gets', async () => {
    const id = await deploy('fails');
    const spans = await world.spansOf(id, 'process action');
    expect(byName(spans, 'provision traced-db')).toMatchObject({
      attributes: { 'error.type': 'permanent', 'drawbridge.result': 'permanent' },
      status: {
        code: 'ERROR',
        message: 'no room on postgres://root:***@db.internal/postgres (password=***)',
      },
    });
    expect(byName(spans, 'process action')).toMatchObject({
      attributes: { 'error.type': 'permanent', 'drawbridge.action.state': 'failed' },
      status: { code: 'ERROR' },
    });
    expect(byName(spans, UPDATE).attributes['drawbridge.vercel.told']).toBe('failed');
  });
});

describe('the trace of a webhook', () => {
  it('is new and links to the received context, which decides nothing', async () => {
    const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    const headers = { traceparent: `00-${traceId}-${spanId}-00`, tracestate: `v=${CANARIES.header}` };
    const { id, status } = await world.send(web, headers);
    expect(status).toBe(202);
    const intake = await intakeOf(id);
    const server = await eventually(() =>
      world.receiver.spans.find((span) => span.spanId === intake.parentId),
    );
    expect(server).toMatchObject({ kind: 'SERVER', parentId: '', links: [{ traceId, spanId }] });
    expect(server.traceId).not.toBe(traceId);
  });

  it('does not exist without a valid signature', async () => {
    const { status } = await world.send(web, { 'x-vercel-signature': 'a'.repeat(40) });
    expect(status).toBe(401);
    const { id } = await world.send(web);
    await intakeOf(id);
    const statuses = world.receiver.spans.map(({ attributes }) => attributes['http.response.status_code']);
    expect(statuses).not.toContain(401);
  });

  it('has its own span for a shared transaction, linked to one of the others', async () => {
    const sent = await Promise.all(Array.from({ length: 40 }, () => world.send(web)));
    const intakes = await Promise.all(sent.map(({ id }) => intakeOf(id)));
    expect(new Set(intakes.map(({ traceId }) => traceId)).size).toBe(40);
    const sharing = intakes.filter(({ attributes }) => attributes['db.operation.batch.size'] !== undefined);
    const groups = Map.groupBy(sharing, ({ links, spanId }) => links[0]?.spanId ?? spanId);
    expect(sharing.length).toBeGreaterThan(0);
    for (const [first, group] of groups) {
      expect(group.map(({ spanId }) => spanId)).toContain(first);
      expect(new Set(group.map(({ attributes }) => attributes['db.operation.batch.size']))).toEqual(
        new Set([group.length]),
      );
    }
  });
});

const intakeOf = (event: string): Promise<ReceivedSpan> =>
  eventually(() =>
    world.receiver.spans.find(({ attributes }) => attributes['drawbridge.event.id'] === event),
  );

describe('the trace of a sweep', () => {
  it('is new and contains the released actions, which link to the traces of their deployments', async () => {
    const id = await world.deploy(web);
    await world.spansOf(id, 'process action');
    const answer = await fetch(`${web.url}/api/v1/installations/${INSTALLATION}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${ADMIN}` },
    });
    expect(answer.ok).toBe(true);
    const spans = await world.spansOf(id, 'process sweep');

    const sweep = byName(spans, 'process sweep');
    const released = spans.find(
      ({ name, traceId }) => name === 'process action' && traceId === sweep.traceId,
    ) as ReceivedSpan;
    expect(sweep.parentId).toBe('');
    expect(released.attributes['drawbridge.action.state']).toBe('released');
    expect(released.links).toHaveLength(1);
    expect(released.links[0]?.traceId).not.toBe(sweep.traceId);
  });
});

describe('the trace of a purge', () => {
  it('is new', async () => {
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    await client.query(`INSERT INTO pgboss.job (name, data) VALUES ('retention', '{}')`);
    await client.end();
    const round = await eventually(() =>
      world.receiver.spans.find(({ name }) => name === 'process retention'),
    );
    expect(round).toMatchObject({ kind: 'CONSUMER', parentId: '' });
  });
});

describe('every trace', () => {
  it('contains no secret', async () => {
    await eventually(() => world.receiver.spans.some(({ name }) => name === 'deprovision traced-db'));
    const raw = world.receiver.raw();
    const leaked = Object.entries(CANARIES).filter(([, canary]) => raw.includes(canary));
    expect(leaked).toEqual([]);
  });

  it('has only the spans and attributes of docs/tracing.md', async () => {
    const documented = rowsOf(await readFile(PAGE, 'utf8'));
    const ours = world.receiver.spans.filter(({ scope }) => scope === 'drawbridge');
    const unknown = ours.filter((span) => !documented.some((row) => describes(row, span)));
    expect(unknown.map(({ name, kind }) => `${name} ${kind}`)).toEqual([]);
    for (const row of documented) {
      const spans = ours.filter((span) => describes(row, span));
      const seen = new Set(spans.flatMap(({ attributes }) => Object.keys(attributes)));
      const missing = row.attributes.filter((name) => !seen.has(name));
      const undocumented = [...seen].filter((name) => ![...row.attributes, ...row.occasional].includes(name));
      expect({ span: row.name, missing, undocumented }).toEqual({
        span: row.name,
        missing: [],
        undocumented: [],
      });
    }
  });
});

interface Row {
  name: string;
  kind: string;
  /** Attributes of every span with this name. */
  attributes: string[];
  occasional: string[];
}

/** Reads name, kind, meaning, attributes and occasional ones. A word in capitals is a placeholder. */
function rowsOf(page: string): Row[] {
  const [, table = ''] = /<!-- spans -->([\s\S]*?)<!-- end -->/.exec(page) ?? [];
  return table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [name = '', kind = '', , attributes = '', occasional = ''] = line
        .split('|')
        .slice(1)
        .map((cell) => cell.trim());
      return {
        name: name.replaceAll('`', ''),
        kind,
        attributes: codesIn(attributes),
        occasional: codesIn(occasional),
      };
    });
}

const codesIn = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);

function describes({ name, kind }: Row, span: ReceivedSpan): boolean {
  const pattern = name.replaceAll(/[{}./]/g, '\\$&').replace(/PROVISIONER$/, '[a-z-]+');
  return span.kind === kind && new RegExp(`^${pattern}$`).test(span.name);
}
