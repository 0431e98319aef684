import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type GatewayCall,
  type ActionReport,
  VercelGateway,
  type VercelGatewayOptions,
} from '../../../src/vercel/gateway.js';

/** A token and a secret that must occur only in the request itself. */
const TOKEN = 'tok_S3CRETtok_S3CRETtok';
const SECRET = 'postgres://user:pa55w0rd@db.example:5432/main';
const CALL = {
  token: TOKEN,
  installationId: 'icfg_1',
  deploymentId: 'dpl_1',
  resourceId: 'res_1',
  action: 'branch',
};
const DONE: ActionReport = { status: 'succeeded', secrets: { DATABASE_URL: SECRET } };
const ACTION_PATH = '/v1/deployments/dpl_1/integrations/icfg_1/resources/res_1/actions/branch';

interface ReceivedRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}
type Answer = (response: ServerResponse, request: IncomingMessage, count: number) => void;

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));
const text =
  (status: number, body = '', headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(body);
const silence: Answer = () => undefined;

/** Starts a server with this answer and a gateway to it. Both are closed when the test ends. */
async function world(answer: Answer, options: Partial<VercelGatewayOptions> = {}) {
  const seen: ReceivedRequest[] = [];
  const calls: GatewayCall[] = [];
  const sockets = new Set<unknown>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    sockets.add(request.socket);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      answer(response, request, seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() }));
    });
  });
  const apiUrl = await listen(server);
  const gateway = gatewayTo(apiUrl, { onCall: (call) => calls.push(call), ...options });
  onTestFinished(async () => void (await stop(server)));
  return { gateway, seen, calls, sockets, server };
}

function gatewayTo(apiUrl: string, options: Partial<VercelGatewayOptions> = {}): VercelGateway {
  const gateway = new VercelGateway({ apiUrl, userAgent: 'drawbridge/test', ...options });
  onTestFinished(() => gateway.close());
  return gateway;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stop(server: Server): Promise<unknown> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}

async function unusedUrl(): Promise<string> {
  const server = createServer();
  const url = await listen(server);
  await stop(server);
  return url;
}

describe('updateAction', () => {
  it('sends one PATCH with token, body and user agent, and reads 202 as accepted', async () => {
    const { gateway, seen, calls } = await world(text(202));
    const report = { ...DONE, statusText: 'ready', statusUrl: 'https://p.example/status/1' };

    expect(await gateway.updateAction(CALL, report)).toEqual({ kind: 'accepted' });

    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'PATCH', url: ACTION_PATH });
    expect(seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'user-agent': 'drawbridge/test',
    });
    expect(seen[0]?.headers).not.toHaveProperty('cookie');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      status: 'succeeded',
      statusText: 'ready',
      statusUrl: 'https://p.example/status/1',
      outcomes: [{ kind: 'resource-secrets', secrets: [{ name: 'DATABASE_URL', value: SECRET }] }],
    });
    expect(calls).toEqual([
      {
        operation: 'updateAction',
        about: null,
        installationId: 'icfg_1',
        deploymentId: 'dpl_1',
        method: 'PATCH',
        path: ACTION_PATH,
        status: 202,
        durationMs: expect.any(Number) as number,
        code: null,
        told: 'succeeded',
        said: 'ready',
        rateLimit: null,
      },
    ]);
  });

  it.each([200, 201, 204])('reads %i as accepted with any body', async (status) => {
    const { gateway } = await world(text(status, status === 204 ? '' : '<not json>'));
    expect(await gateway.updateAction(CALL, DONE)).toEqual({ kind: 'accepted' });
  });

  it('escapes ids in the path, and keeps the path of the API URL', async () => {
    const { gateway, seen, server } = await world(text(202));
    const call = { ...CALL, resourceId: 'a/b?c#d %2e é', action: '..%2f' };
    await gateway.updateAction(call, DONE);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
    await gatewayTo(url).updateAction(CALL, DONE);
    expect(seen[0]?.url).toBe(
      '/v1/deployments/dpl_1/integrations/icfg_1/resources/a%2Fb%3Fc%23d%20%252e%20%C3%A9/actions/..%252f',
    );
    expect(seen[1]?.url).toBe(`/api${ACTION_PATH}`);
  });

  it.each([404, 410] as const)('reads %i with the code of a deleted deployment as gone', async (status) => {
    const { gateway } = await world(
      json(status, { error: { code: 'deployment_deleted', message: 'Deleted' } }),
    );
    expect(await gateway.updateAction(CALL, DONE)).toEqual({
      kind: 'gone',
      status,
      message: `vercel: deployment dpl_1 is gone (${status}): Deleted`,
    });
  });

  it.each([
    [404, 'not_found'],
    [404, 'deployment_not_found'],
    [410, 'gone'],
    [410, 'not_found'],
    [410, 'something_new'],
  ])(
    'reads %i with the code %s as refused, since the path names more than the deployment',
    async (status, code) => {
      const { gateway } = await world(json(status, { error: { code, message: 'No.' } }));
      expect(await gateway.updateAction(CALL, DONE)).toMatchObject({ kind: 'refused', status, code });
    },
  );

  it.each([404, 410])(
    'reads %i without a code of Vercel as later, since a proxy may have sent it',
    async (status) => {
      const { gateway } = await world(json(status, {}));
      expect(await gateway.updateAction(CALL, DONE)).toMatchObject({ kind: 'later', status, executed: 'no' });
    },
  );

  it.each([400, 402, 405, 409, 413, 422])(
    'reads %i as refused, with the message of Vercel',
    async (status) => {
      const { gateway, calls } = await world(
        json(status, { error: { code: 'bad_request', message: 'No.' } }),
      );
      expect(await gateway.updateAction(CALL, DONE)).toEqual({
        kind: 'refused',
        status,
        message: `vercel: refuses the report (${status}): No.`,
        code: 'bad_request',
      });
      expect(calls[0]).toMatchObject({ status, code: 'bad_request' });
    },
  );

  it('names the installation for 403, also with `err` instead of `error`', async () => {
    const { gateway } = await world(json(403, { err: { code: 'forbidden', message: 'Not authorized' } }));
    expect(await gateway.updateAction(CALL, DONE)).toEqual({
      kind: 'refused',
      status: 403,
      message: 'vercel: does not accept the token of installation icfg_1 (403): Not authorized',
      code: 'forbidden',
    });
  });

  it('names the installation of an unknown token', async () => {
    const { gateway } = await world(text(401, 'nope'));
    expect(await gateway.updateAction(CALL, DONE)).toEqual({
      kind: 'unauthorized',
      status: 401,
      message: 'vercel: does not accept the token of installation icfg_1 (401)',
    });
  });

  it('reads the delay of 429, and that nothing was executed', async () => {
    const { gateway } = await world(
      json(429, { error: { code: 'rate_limited', message: 'slow down' } }, { 'retry-after': '3' }),
    );
    expect(await gateway.updateAction(CALL, DONE)).toEqual({
      kind: 'later',
      status: 429,
      message: 'vercel: answers 429: slow down',
      retryAfterMs: 3000,
      executed: 'no',
    });
  });

  it('reads the rate limit of the body with its own clock', async () => {
    const body = { error: { code: 'rate_limited', message: 'x', limit: { reset: 1_800_000_060 } } };
    const { gateway } = await world(json(429, body), { now: () => 1_800_000_000_000 });
    expect(await gateway.updateAction(CALL, DONE)).toMatchObject({ kind: 'later', retryAfterMs: 60_000 });
  });

  it.each([500, 502, 503, 504])('reads %i with a page of a proxy as later', async (status) => {
    const { gateway } = await world(text(status, '<html>bad</html>', { 'content-type': 'text/html' }));
    expect(await gateway.updateAction(CALL, DONE)).toEqual({
      kind: 'later',
      status,
      message: `vercel: answers ${status}`,
      retryAfterMs: null,
      executed: 'unknown',
    });
  });

  it('does not follow a redirect with its token', async () => {
    const { gateway, seen } = await world(text(308, '', { location: '/elsewhere' }));
    expect(await gateway.updateAction(CALL, DONE)).toMatchObject({ kind: 'later', status: 308 });
    expect(seen).toHaveLength(1);
  });

  it.each([202, 400, 401, 403, 404, 410, 429, 500])(
    'reads %i as later when the body is incomplete or never ends',
    async (status) => {
      const error = '{"error":{"code":"not_found","message":"x"}}';
      const broken = await world((response) => {
        response.writeHead(status, { 'content-length': '500', 'retry-after': '3' });
        response.write(error, () => response.destroy());
      });
      const slow = await world((response) => void response.writeHead(status).write('{'), { timeoutMs: 200 });
      for (const { gateway, calls } of [broken, slow]) {
        const incomplete = {
          kind: 'later',
          status,
          message: `vercel: the answer (${status}) broke off`,
          executed: 'unknown',
        };
        expect(await gateway.updateAction(CALL, DONE)).toMatchObject(incomplete);
        expect(calls[0]).toMatchObject({ status, code: gateway === broken.gateway ? 'network' : 'timeout' });
        expect(await gateway.getDeployment(CALL)).toMatchObject(incomplete);
      }
    },
  );

  it('reads the status when the body is longer than the limit', async () => {
    const huge = await world(text(202, 'x'.repeat(3 * 1024 * 1024)));
    expect(await huge.gateway.updateAction(CALL, DONE)).toEqual({ kind: 'accepted' });
    expect(huge.calls[0]).toMatchObject({ status: 202, code: 'too-large' });
  });

  it('throws for input that the SDK rejects, without quoting its values', async () => {
    const { gateway, seen } = await world(text(202));
    const report = {
      status: 'succeeded',
      secrets: { A: { toString: () => SECRET } },
    } as unknown as ActionReport;
    const error = await gateway.updateAction(CALL, report).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(
      'vercel: bad request: requestBody.outcomes.0.secrets.0.value (invalid_type)',
    );
    expect((error as Error).cause).toBeUndefined();
    await expect(gateway.updateAction(CALL, { status: SECRET } as unknown as ActionReport)).rejects.toThrow(
      'requestBody.status (invalid_enum_value)',
    );
    expect(seen).toHaveLength(0);
  });

  it.each(['', '.', '..'])('throws for the id %j, which would change the path', async (resourceId) => {
    const { gateway, seen } = await world(text(202));
    await expect(gateway.updateAction({ ...CALL, resourceId }, DONE)).rejects.toThrow(
      `vercel: resourceId "${resourceId}" is not an id`,
    );
    expect(seen).toHaveLength(0);
  });
});

describe('getDeployment', () => {
  const get = (gateway: VercelGateway, signal?: AbortSignal) => gateway.getDeployment(CALL, signal);

  it('reads a deployment that the SDK rejects', async () => {
    const body = {
      id: 'dpl_1',
      readyState: 'SOMETHING_NEW',
      meta: { githubCommitRef: 'main' },
      project: { id: 'prj_1' },
    };
    const { gateway, seen, calls } = await world(json(200, body));
    expect(await get(gateway)).toMatchObject({
      kind: 'found',
      deployment: {
        id: 'dpl_1',
        readyState: 'SOMETHING_NEW',
        gitRef: 'main',
        projectId: 'prj_1',
        deletedAt: null,
      },
    });
    expect(seen[0]).toMatchObject({
      method: 'GET',
      url: '/v13/deployments/dpl_1?withGitRepoInfo=true',
      body: '',
    });
    expect(calls[0]).toMatchObject({ operation: 'getDeployment', status: 200, code: null });
  });

  it('finds a deployment in its recovery period, with its deletion time', async () => {
    const { gateway } = await world(
      json(200, { id: 'dpl_1', deletedAt: 1760000000000, softDeletedByRetention: true }),
    );
    expect(await get(gateway)).toMatchObject({ kind: 'found', deployment: { deletedAt: 1760000000000 } });
  });

  it.each([
    [404, 'deployment_deleted', 'gone'],
    [410, 'deployment_deleted', 'gone'],
    [410, 'DEPLOYMENT_DELETED', 'gone'],
    [404, 'not_found', 'absent'],
    [404, 'deployment_not_found', 'absent'],
    [404, 'team_not_found', 'unreadable'],
    [410, 'gone', 'unreadable'],
    [410, 'not_found', 'unreadable'],
    [410, 'something_new', 'unreadable'],
    [410, undefined, 'later'],
    [404, undefined, 'later'],
  ])('reads %i with the code %s as %s', async (status, code, kind) => {
    const { gateway } = await world(json(status, code === undefined ? {} : { error: { code } }));
    expect(await get(gateway)).toMatchObject({ kind, status });
  });

  it.each([400, 401, 403, 422])('reads %i as unreadable', async (status) => {
    const { gateway } = await world(json(status, { error: { code: 'x', message: 'why' } }));
    const answer = await get(gateway);
    expect(answer).toMatchObject({ kind: 'unreadable', status });
    const named = status === 401 || status === 403 ? 'installation icfg_1' : 'deployment dpl_1';
    expect(answer).toHaveProperty('message', expect.stringContaining(`${named} (${status}): why`));
  });

  it.each([429, 500, 503])('reads %i as later', async (status) => {
    const { gateway } = await world(text(status, '', { 'retry-after': '1' }));
    expect(await get(gateway)).toMatchObject({ kind: 'later', status, retryAfterMs: 1000 });
  });

  it('reads 200 as later when the body is not JSON or incomplete', async () => {
    const page = await world(text(200, '<html>'));
    expect(await get(page.gateway)).toMatchObject({
      kind: 'later',
      status: 200,
      message: expect.stringContaining('is not JSON') as string,
    });
    const broken = await world((response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('{"id":', () => response.destroy());
    });
    expect(await get(broken.gateway)).toMatchObject({
      kind: 'later',
      message: expect.stringContaining('broke off') as string,
    });
  });

  it('reads a body that is not an object or over 1 MiB as unreadable', async () => {
    const list = await world(json(200, []));
    expect(await get(list.gateway)).toMatchObject({ kind: 'unreadable', status: 200 });
    const huge = await world(json(200, { id: 'x'.repeat(1024 * 1024) }));
    expect(await get(huge.gateway)).toMatchObject({
      kind: 'unreadable',
      message: expect.stringContaining('over 1 MiB') as string,
    });
    const large = await world(json(200, { id: 'dpl_1', env: 'x'.repeat(1024 * 1000) }));
    expect(await get(large.gateway)).toMatchObject({ kind: 'found', deployment: { id: 'dpl_1' } });
  });
});

describe('the connection to Vercel', () => {
  const update = (gateway: VercelGateway, signal?: AbortSignal) => gateway.updateAction(CALL, DONE, signal);

  it('reports that a refused connection executed nothing', async () => {
    expect(await update(gatewayTo(await unusedUrl()))).toEqual({
      kind: 'later',
      status: null,
      message: 'vercel: cannot be reached (ECONNREFUSED)',
      retryAfterMs: null,
      executed: 'no',
    });
  });

  it('reports that a reset connection may have executed the call', async () => {
    const { gateway, calls } = await world((_, request) => void request.socket.resetAndDestroy());
    expect(await update(gateway)).toMatchObject({ kind: 'later', status: null, executed: 'unknown' });
    expect(calls[0]).toMatchObject({
      status: null,
      code: expect.stringMatching(/^(ECONNRESET|UND_ERR_SOCKET)$/) as string,
    });
  });

  it('reports that a call without an answer in time may have been executed', async () => {
    const { gateway, calls } = await world(silence, { timeoutMs: 150 });
    expect(await update(gateway)).toEqual({
      kind: 'later',
      status: null,
      message: 'vercel: no answer in time',
      retryAfterMs: null,
      executed: 'unknown',
    });
    expect(calls[0]).toMatchObject({ code: 'timeout' });
  });

  it('ends a slow body when the whole call takes too long', async () => {
    const { gateway } = await world(
      (response) => {
        response.writeHead(200);
        const interval = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(interval));
      },
      { timeoutMs: 300 },
    );
    expect(await gateway.getDeployment(CALL)).toMatchObject({ kind: 'later', status: 200 });
  });

  it('survives a response that is not HTTP', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const gateway = gatewayTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(await update(gateway)).toMatchObject({ kind: 'later', status: null, executed: 'unknown' });
  });

  it('ends at once when its signal aborts, and closes the connection', async () => {
    let closed: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const controller = new AbortController();
    const { gateway } = await world((response) => {
      response.on('close', closed);
      controller.abort();
    });
    const answer = await update(gateway, controller.signal);
    expect(answer).toMatchObject({
      kind: 'later',
      status: null,
      executed: 'unknown',
      message: 'vercel: the call was aborted',
    });
    await gone;
  });

  it('sends nothing when its signal has aborted before', async () => {
    const { gateway, seen } = await world(text(202));
    expect(await update(gateway, AbortSignal.abort())).toMatchObject({ kind: 'later', executed: 'no' });
    expect(seen).toHaveLength(0);
  });

  it('ends a call that waits for a connection, and never sends it', async () => {
    const held: ServerResponse[] = [];
    const { gateway, seen, sockets } = await world(
      (response, _, count) => (count === 1 ? void held.push(response) : void response.writeHead(202).end()),
      { connections: 1 },
    );
    const first = update(gateway);
    while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const controller = new AbortController();
    const second = update(gateway, controller.signal);
    setImmediate(() => controller.abort());
    expect(await second).toMatchObject({ kind: 'later', executed: 'no' });
    held[0]?.writeHead(202).end();
    expect(await first).toEqual({ kind: 'accepted' });
    expect(await update(gateway)).toEqual({ kind: 'accepted' });
    expect(seen).toHaveLength(2);
    expect(sockets.size).toBe(1);
  });

  it('reuses its connections and respects their limit', async () => {
    const { gateway, sockets } = await world(text(202), { connections: 2 });
    for (let round = 0; round < 5; round++) await update(gateway);
    const answers = await Promise.all(Array.from({ length: 8 }, () => update(gateway)));
    for (const answer of answers) expect(answer).toEqual({ kind: 'accepted' });
    expect(sockets.size).toBe(2);
  });

  it('matches the answers of concurrent calls', async () => {
    const { gateway } = await world(
      (response, request) =>
        void setTimeout(
          () =>
            response.end(
              JSON.stringify({
                id: request.url?.split(/[/?]/).at(3),
                meta: { gitCommitRef: request.headers.authorization },
              }),
            ),
          Math.random() * 20,
        ),
      { connections: 8 },
    );
    const ids = Array.from({ length: 60 }, (_, at) => `dpl_${at}`).slice(0, 32);
    const answers = await Promise.all(
      ids.map((id) =>
        gateway.getDeployment({ token: `token-${id}`, installationId: 'icfg_1', deploymentId: id }),
      ),
    );
    expect(
      answers.map((answer) => answer.kind === 'found' && [answer.deployment.id, answer.deployment.gitRef]),
    ).toEqual(ids.map((id) => [id, `Bearer token-${id}`]));
  });

  it('responds at once when too many calls are open', async () => {
    const { gateway } = await world(silence, { connections: 1, timeoutMs: 300 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => update(gateway)));
    const messages = answers.map((answer) => answer.kind === 'later' && answer.message);
    expect(messages).toEqual([
      ...Array<string>(4).fill('vercel: no answer in time'),
      'vercel: too many calls at once',
    ]);
  });

  it('returns later after it was closed', async () => {
    const { gateway, seen } = await world(text(202));
    await gateway.close();
    await gateway.close();
    expect(await update(gateway)).toMatchObject({ kind: 'later', executed: 'no' });
    expect(seen).toHaveLength(0);
  });
});

describe('the circuit breaker', () => {
  const OPEN = {
    kind: 'later',
    status: null,
    message: 'vercel: the API fails, circuit open',
    retryAfterMs: 1000,
    executed: 'no',
  };

  it('opens after failures in a row, tries one call, and closes when that succeeds', async () => {
    let broken = true;
    const circuit = { failures: 3, halfOpenAfterMs: 200 };
    const { gateway, seen } = await world((response) => void response.writeHead(broken ? 500 : 202).end(), {
      circuit,
    });
    const update = () => gateway.updateAction(CALL, DONE);
    for (let call = 0; call < 3; call++) expect(await update()).toMatchObject({ status: 500 });
    expect(await update()).toEqual(OPEN);
    expect(seen).toHaveLength(3);

    await new Promise((resolve) => setTimeout(resolve, 250));
    const [trial, other] = await Promise.all([update(), update()]);
    expect(trial).toMatchObject({ status: 500 });
    expect(other).toEqual(OPEN);
    expect(await update()).toEqual(OPEN);

    broken = false;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await update()).toEqual({ kind: 'accepted' });
    expect(await update()).toEqual({ kind: 'accepted' });
  });

  it('stays closed for errors that are not failures of Vercel', async () => {
    const statuses = [429, 400, 401, 403, 404, 410];
    const circuit = { failures: 2 };
    const { gateway } = await world(
      (response, _, count) => void response.writeHead(statuses[count % statuses.length] ?? 400).end(),
      { circuit },
    );
    for (let call = 0; call < 12; call++)
      expect(await gateway.updateAction(CALL, DONE)).not.toHaveProperty('message', OPEN.message);
  });

  it('does not count aborted calls', async () => {
    const circuit = { failures: 2 };
    const { gateway } = await world((response) => void response.writeHead(500).end(), { circuit });
    const aborted = () => gateway.updateAction(CALL, DONE, AbortSignal.abort());
    expect(await gateway.updateAction(CALL, DONE)).toMatchObject({ status: 500 });
    for (let call = 0; call < 4; call++) expect(await aborted()).toMatchObject({ executed: 'no' });
    expect(await gateway.updateAction(CALL, DONE)).toMatchObject({ status: 500 });
    expect(await gateway.updateAction(CALL, DONE)).toEqual(OPEN);
  });
});

describe('tokens and secrets', () => {
  it.each([400, 401, 403, 404, 429, 500])(
    'are neither in the answer nor in the record when Vercel repeats them with %i',
    async (status) => {
      const { gateway, calls } = await world((response, request) => {
        const message = `${request.headers.authorization} ${SECRET} ${SECRET.slice(0, 30)}`;
        response.writeHead(status).end(JSON.stringify({ error: { code: SECRET, message } }));
      });
      const answers = [await gateway.updateAction(CALL, DONE), await gateway.getDeployment(CALL)];
      const shown = JSON.stringify([answers[0], { ...answers[1], message: '' }, calls[0]]);
      expect(shown).toContain('[hidden]');
      for (const hidden of [TOKEN, SECRET, 'pa55w0rd', 'S3CRET']) expect(shown).not.toContain(hidden);
      expect(JSON.stringify([answers, calls])).not.toContain(TOKEN);
    },
  );

  it.each(['', 'two words', 'line\nbreak', 'café'])(
    'are checked without a call for the token %j',
    async (token) => {
      const { gateway, seen } = await world(text(202));
      const message =
        'vercel: the token of installation icfg_1 is empty or contains characters that an HTTP header cannot contain';
      expect(await gateway.updateAction({ ...CALL, token }, DONE)).toEqual({
        kind: 'unauthorized',
        status: null,
        message,
      });
      expect(await gateway.getDeployment({ ...CALL, token })).toEqual({
        kind: 'unreadable',
        status: null,
        message,
      });
      expect(seen).toHaveLength(0);
    },
  );
});
