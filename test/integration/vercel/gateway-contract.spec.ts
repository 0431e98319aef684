import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ActionReport, VercelGateway } from '../../../src/vercel/gateway.js';

interface Parameter {
  name: string;
  in: string;
  required: boolean;
  schema: { type: string };
}
interface Operation {
  path: string;
  method: string;
  operationId: string;
  parameters: Parameter[];
  contentTypes?: string[];
  requestSchema?: object;
  statuses: string[];
}

/** The used part of Vercel's OpenAPI document. The extract it was taken from may be absent. */
const CONTRACT = readJson(new URL('../../support/vercel/openapi-facts.json', import.meta.url)) as Record<
  string,
  Operation
>;
const EXTRACT = new URL('../../../../shared/vercel/vercel-actions-openapi.json', import.meta.url);

function readJson(url: URL): unknown {
  return JSON.parse(readFileSync(url, 'utf8'));
}

const ajv = new Ajv({ allErrors: true, formats: { uri: (text: string) => URL.canParse(text) } });
const validBody = ajv.compile(operationOf('updateAction').requestSchema ?? false);

function operationOf(name: string): Operation {
  const operation = CONTRACT[name];
  if (operation === undefined) throw new Error(`contract: no operation ${name}`);
  return operation;
}

/** Returns the decoded parameters of the path, or null when the path does not match the template. */
function parametersOf(operation: Operation, path: string): Record<string, string> | null {
  const pattern = operation.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/?#]+)');
  const groups = new RegExp(`^${pattern}$`).exec(path)?.groups;
  if (groups === undefined) return null;
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}

interface Raw {
  method: string;
  url: URL;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

describe('the requests of the gateway', () => {
  let gateway: VercelGateway;
  let raw: Raw[];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      raw.push({ method, url: new URL(url, 'http://vercel.test'), headers, body });
      response.writeHead(method === 'GET' ? 200 : 202).end(method === 'GET' ? '{}' : '');
    });
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    gateway = new VercelGateway({ apiUrl, userAgent: 'drawbridge/test' });
  });
  afterAll(async () => {
    await gateway.close();
    await new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => void (raw = []));

  const call = {
    token: 't',
    installationId: 'icfg_1',
    deploymentId: 'dpl_1',
    resourceId: 'r/é 1',
    action: 'a b',
  };
  const reports: [string, ActionReport][] = [
    ['running', { status: 'running' }],
    [
      'running with a text',
      { status: 'running', statusText: 'Creating branch', statusUrl: 'https://p.example/1' },
    ],
    ['running with a login', { status: 'running', statusUrl: 'sso:/jobs/1' }],
    ['failed', { status: 'failed', statusText: '😀'.repeat(5000), secrets: { NOT: 'sent' } }],
    ['succeeded', { status: 'succeeded' }],
    ['succeeded with secrets', { status: 'succeeded', secrets: { A: 'postgres://h/d', B: '', C: '"\n☃' } }],
  ];

  it.each(reports)('report an action as documented: %s', async (_, report) => {
    const operation = operationOf('updateAction');
    expect(await gateway.updateAction(call, report)).toEqual({ kind: 'accepted' });

    const [request] = raw;
    if (request === undefined) throw new Error('no request arrived');
    expect(request.method).toBe(operation.method.toUpperCase());
    expect(parametersOf(operation, request.url.pathname)).toEqual({
      deploymentId: 'dpl_1',
      integrationConfigurationId: 'icfg_1',
      resourceId: 'r/é 1',
      action: 'a b',
    });
    expect(operation.contentTypes).toContain(request.headers['content-type']);
    expect(request.headers['authorization']).toBe('Bearer t');
    expect(request.url.search).toBe('');
    expect(validBody(JSON.parse(request.body)), ajv.errorsText(validBody.errors)).toBe(true);
    expect(operation.statuses).toContain('202');
  });

  it('read a deployment as documented', async () => {
    const operation = operationOf('getDeployment');
    expect(await gateway.getDeployment(call)).toMatchObject({ kind: 'found' });

    const [request] = raw;
    if (request === undefined) throw new Error('no request arrived');
    expect(request.method).toBe(operation.method.toUpperCase());
    expect(parametersOf(operation, request.url.pathname)).toEqual({ idOrUrl: 'dpl_1' });
    const queries = operation.parameters
      .filter((parameter) => parameter.in === 'query')
      .map(({ name }) => name);
    for (const name of request.url.searchParams.keys()) expect(queries).toContain(name);
    expect(request.headers['authorization']).toBe('Bearer t');
    expect(request.body).toBe('');
  });

  it.each([
    ['an unknown key', { status: 'running', progress: 3 }],
    ['an unknown status', { status: 'canceled' }],
    ['another scheme', { statusUrl: 'ftp://p.example' }],
    [
      'a prefix of a secret',
      { outcomes: [{ kind: 'k', secrets: [{ name: 'A', value: 'b', prefix: 'c' }] }] },
    ],
    ['outcomes without secrets', { outcomes: [{ kind: 'resource-secrets' }] }],
  ])('are checked by a schema that rejects %s', (_, body) => {
    expect(validBody(body)).toBe(false);
  });
});

describe.runIf(existsSync(EXTRACT))('the copied contract', () => {
  it.each(Object.keys(CONTRACT))('equals the OpenAPI extract: %s', (name) => {
    const operation = operationOf(name);
    const document = readJson(EXTRACT) as { paths: Record<string, Record<string, Extracted>> };
    const source = document.paths[operation.path]?.[operation.method];
    if (source === undefined) throw new Error(`extract: no ${operation.method} ${operation.path}`);
    const content = source.requestBody?.content;
    expect(operation).toEqual({
      path: operation.path,
      method: operation.method,
      operationId: source.operationId,
      parameters: source.parameters.map((parameter) => ({
        name: parameter.name,
        in: parameter.in,
        required: parameter.required ?? false,
        schema: { type: parameter.schema.type },
      })),
      ...(content && {
        contentTypes: Object.keys(content),
        requestSchema: content['application/json']?.schema,
      }),
      statuses: Object.keys(source.responses),
    });
  });
});

interface Extracted {
  operationId: string;
  parameters: { name: string; in: string; required?: boolean; schema: { type: string } }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, unknown>;
}
