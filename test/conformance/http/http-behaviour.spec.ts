import { createHmac, hkdfSync } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/provisioner/builtin/http/config.js';
import plugin from '../../../src/provisioner/builtin/http/http.js';
import {
  type Json,
  PermanentError,
  type Provisioner,
  type ProvisionRequest,
} from '../../../src/provisioner/provisioner.js';
import { document, problemsWith } from './http-protocol.js';
import { json, type ScriptedServer, startScripted, text } from './http-scripted.js';

const OLD = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const NEW = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
const READY = { status: 'ready', handle: null };
const MIB = 1024 * 1024;

let server: ScriptedServer;
const open: Provisioner[] = [];

beforeEach(async () => {
  server = await startScripted();
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close?.();
  await server.close();
  expect(server.problems).toEqual([]);
});

function make(config: Record<string, unknown> = {}): Provisioner {
  const one = plugin.create(configSchema.parse({ url: server.url, secret: NEW, ...config }));
  open.push(one);
  return one;
}

function requestFor(more: { handle?: Json; signal?: AbortSignal } = {}): ProvisionRequest {
  const key = 'shop-main';
  return {
    key,
    handle: null,
    resource: { id: 'res_1', settings: { region: 'fra1', nested: { deep: [1, null] } } },
    installationId: 'icfg_1',
    deployment: {
      id: 'dpl_1',
      url: null,
      target: null,
      projectId: 'prj_1',
      projectName: 'shöp',
      gitRef: 'feature/"quoted"',
      gitSha: null,
      pullRequest: 7,
    },
    signal: AbortSignal.timeout(30_000),
    derive: (label) => new Uint8Array(hkdfSync('sha256', 'seed', key, label, 32)),
    log: () => undefined,
    ...more,
  };
}

const derived = (label: string): string => Buffer.from(requestFor().derive(label)).toString('base64url');

async function failureOf(call: Promise<unknown> | undefined): Promise<Error> {
  const error: unknown = await call?.then(
    (answer) => expect.fail(`it answered ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  return error as Error;
}

describe('a request', () => {
  it('contains everything of the contract that JSON can express', async () => {
    server.script = json(READY);
    await make({ derive: ['password', 'admin.token'] }).provision(requestFor({ handle: { id: 5 } }));
    const [received] = server.received;
    expect(received).toMatchObject({ method: 'POST', path: '/provision' });
    expect(received?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(received?.body ?? '')).toEqual({
      protocol: 1,
      key: 'shop-main',
      handle: { id: 5 },
      installationId: 'icfg_1',
      resource: requestFor().resource,
      deployment: requestFor().deployment,
      derived: { password: derived('password'), 'admin.token': derived('admin.token') },
    });
  });

  it('of deprovision contains no deployment', async () => {
    server.script = json({ status: 'gone' });
    const answer = await make({ derive: [] }).deprovision(requestFor());
    expect(answer).toEqual({ status: 'gone' });
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      protocol: 1,
      key: 'shop-main',
      handle: null,
      installationId: 'icfg_1',
      resource: requestFor().resource,
      derived: {},
    });
  });

  it('goes to a path below the URL, with or without a trailing slash', async () => {
    server.script = json(READY);
    await make({ url: `${server.url}//` }).provision(requestFor());
    expect(server.received[0]?.path).toBe('/provision');
  });

  it.each([
    ['one', NEW],
    ['several separated by spaces', `${NEW} ${OLD}`],
    ['several as a list', [NEW, OLD]],
  ])('is signed with %s secret', async (_, secret) => {
    server.script = json(READY);
    await make({ secret }).provision(requestFor());
    const { body, headers } = server.received[0] as { body: string; headers: Record<string, string> };
    const secrets = Array.isArray(secret) ? secret : secret.split(' ');
    for (const one of secrets) expect(() => new Webhook(one).verify(body, headers)).not.toThrow();
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(secrets.length);
    // Verified without the library as well, because the library also signed the request.
    const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const bytes = Buffer.from(secrets[0]?.slice('whsec_'.length) ?? '', 'base64');
    const expected = createHmac('sha256', bytes).update(content).digest('base64');
    expect(headers['webhook-signature']).toContain(`v1,${expected}`);
    expect(Math.abs(Number(headers['webhook-timestamp']) * 1_000 - Date.now())).toBeLessThan(10_000);
  });

  it('without a body is signed as well', async () => {
    server.script = json({ status: 'ok' });
    await make({ check: true }).check?.(AbortSignal.timeout(10_000));
    const { headers } = server.received[0] as { headers: Record<string, string> };
    expect(() => new Webhook(NEW).verify('', headers)).not.toThrow();
  });

  it('has an id with verb and key, and another id in each call', async () => {
    server.script = json(READY);
    const one = make();
    await one.provision(requestFor());
    await one.provision(requestFor());
    const ids = server.received.map(({ headers }) => String(headers['webhook-id']));
    for (const id of ids) expect(id).toMatch(/^provision_shop-main_[0-9a-f]{24}$/);
    expect(new Set(ids).size).toBe(2);
  });

  it('is repeated with the same id when its connection was closed before any answer', async () => {
    server.script = (response, _, request) =>
      server.received.length === 1 ? request.socket.destroy() : json(READY)(response, _, request);
    expect(await make().provision(requestFor())).toEqual(READY);
    const [first, second, ...more] = server.received;
    expect(more).toEqual([]);
    expect(second).toEqual(first);
  });
});

describe('an answer', () => {
  it.each([
    ['ready', READY],
    [
      'ready with everything',
      { status: 'ready', handle: { id: [1] }, secrets: { TOKEN: 'x' }, message: 'made' },
    ],
    ['pending', { status: 'pending', message: 'creating', retryAfterMs: 1_500 }],
    [
      'pending with a handle',
      { status: 'pending', handle: 'step-2', message: 'creating', retryAfterMs: 0.5 },
    ],
  ])('%s of provision is the result', async (_, answer) => {
    server.script = json(answer);
    expect(await make().provision(requestFor())).toEqual(answer);
  });

  it('pending of deprovision is the result', async () => {
    const answer = { status: 'pending', message: 'deleting', retryAfterMs: 100 };
    server.script = json(answer);
    expect(await make().deprovision(requestFor())).toEqual(answer);
  });

  it.each(['provision', 'deprovision'] as const)('failed of %s is a PermanentError', async (verb) => {
    server.script = json({ status: 'failed', message: 'acme: the namespace limit is reached' });
    const failure = await failureOf(make()[verb](requestFor()));
    expect(PermanentError.is(failure)).toBe(true);
    expect(failure.message).toBe('acme: the namespace limit is reached');
  });

  it('appears as one line of limited length, without the secrets of the request', async () => {
    const message = `the password\r\n is ${derived('password')}\u0000 ${NEW} ${'x'.repeat(1_000)}`;
    server.script = json({ status: 'pending', message, retryAfterMs: 100 });
    const answer = await make().provision(requestFor());
    expect(answer.message).toMatch(/^the password is \[secret\]\uFFFD \[secret\] x+…$/);
    expect(answer.message).toHaveLength(500);
    server.script = json({ status: 'failed', message });
    expect((await failureOf(make().provision(requestFor()))).message).toBe(answer.message);
  });

  it.each(['base64url', 'base64', 'hex'] as const)(
    'is refused when its handle contains a derived secret in %s',
    async (encoding) => {
      const password = Buffer.from(derived('password'), 'base64url').toString(encoding);
      server.script = json({ status: 'ready', handle: { password } });
      const failure = await failureOf(make().provision(requestFor()));
      expect(failure.message).toBe(
        'http: the handle in an answer contains a secret; Drawbridge stores handles, so leave secrets out',
      );
    },
  );
});

const LEAK = 'tr0ub4dor-and-3';
const INEXACT = 'a number that is too large to be exact; send it as a string';

/** Answers with the provisioner's message for each. The document has to give the same judgement. */
const SHAPES: [
  verb: 'provision' | 'deprovision' | 'check' | 'keys',
  answer: unknown,
  words: string | null,
][] = [
  ['provision', READY, null],
  ['provision', { status: 'ready', handle: 0, secrets: {} }, null],
  ['provision', { status: 'ready' }, 'handle: is missing; send null when the plugin needs no state'],
  ['provision', { status: 'gone' }, 'status: must be an object with status ready, pending or failed'],
  ['provision', { handle: LEAK }, 'status: must be an object with status ready, pending or failed'],
  ['provision', null, 'must be an object with status ready, pending or failed'],
  ['provision', [READY], 'must be an object with status ready, pending or failed'],
  ['provision', LEAK, 'must be an object with status ready, pending or failed'],
  ['provision', { ...READY, secret: { PASSWORD: LEAK } }, 'unknown key secret'],
  ['provision', { ...READY, [LEAK]: 1 }, 'unknown key'],
  ['provision', { ...READY, secrets: { PASSWORD: { is: LEAK } } }, 'secrets.PASSWORD: must be a text'],
  [
    'provision',
    { ...READY, secrets: { PASSWORD: '' } },
    'secrets.PASSWORD: must not be empty; leave the secret out',
  ],
  [
    'provision',
    { ...READY, secrets: { [LEAK]: 'PASSWORD' } },
    'secrets: a name cannot be an environment variable; use letters, digits and _',
  ],
  ['provision', { ...READY, secrets: [LEAK] }, 'secrets: must be an object of names and texts'],
  ['provision', { ...READY, message: 5 }, 'message: must be a text'],
  ['provision', { ...READY, message: ' \n' }, 'message: must not be blank'],
  ['provision', { status: 'pending', message: 'm' }, 'retryAfterMs: must be a number of milliseconds'],
  [
    'provision',
    { status: 'pending', message: 'm', retryAfterMs: '1' },
    'retryAfterMs: must be a number of milliseconds',
  ],
  [
    'provision',
    { status: 'pending', message: 'm', retryAfterMs: 0 },
    'retryAfterMs: must be a positive number of milliseconds',
  ],
  ['provision', { status: 'pending', retryAfterMs: 100 }, 'message: must be a text'],
  ['provision', { status: 'failed' }, 'message: must be a text'],
  ['provision', { status: 'failed', message: 'no', secrets: { A: LEAK } }, 'unknown key secrets'],
  ['deprovision', { status: 'gone' }, null],
  ['deprovision', READY, 'status: must be an object with status gone, pending or failed'],
  ['deprovision', { status: 'gone', handle: null }, 'unknown key handle'],
  ['deprovision', { status: 'pending', handle: [], message: 'm', retryAfterMs: 1e9 }, null],
  ['check', { status: 'ok' }, null],
  ['check', {}, 'status: must be an object with status ok or failed'],
  ['check', { status: 'ok', version: 5 }, 'unknown key version'],
  ['keys', { keys: [] }, null],
  ['keys', { keys: ['shop-main', 'a'.repeat(63)] }, null],
  ['keys', { keys: ['a'.repeat(64)] }, 'keys.0: must be a key'],
  ['keys', { keys: ['ok', 5] }, 'keys.1: must be a key'],
  ['keys', [], 'must be an object with keys'],
  ['keys', { keys: 'shop-main' }, 'keys: must be a list'],
  ['keys', { keys: [], next: LEAK }, 'unknown key next'],
];

const SCHEMAS = {
  provision: 'ProvisionAnswer',
  deprovision: 'DeprovisionAnswer',
  check: 'CheckAnswer',
  keys: 'KeysAnswer',
} as const;

describe('the shape of an answer', () => {
  const call = (verb: keyof typeof SCHEMAS): Promise<unknown> | undefined => {
    const one = make({ check: true, list: true });
    const signal = AbortSignal.timeout(10_000);
    if (verb === 'check') return one.check?.(signal);
    return verb === 'keys' ? one.list?.(signal) : one[verb](requestFor());
  };

  it.each(SHAPES)(
    'of %s gets the same judgement from http and from its document: %j',
    async (verb, answer, words) => {
      expect(problemsWith(SCHEMAS[verb], answer).length > 0).toBe(words !== null);
      server.script = json(answer);
      if (words === null)
        return expect(await call(verb)).toBeOneOf([answer, undefined, (answer as any).keys]);
      const failure = await failureOf(call(verb));
      expect(failure.message).toBe(
        `http: the provisioner at ${server.host} answered ${verb} with a body that breaks the ` +
          `protocol: ${words}`,
      );
      expect(PermanentError.is(failure)).toBe(false);
      expect(JSON.stringify([failure.message, failure.cause ?? null])).not.toContain(LEAK);
    },
  );

  it.each([
    ['an empty body', '', 'an empty body'],
    ['a page', `<h1>${LEAK}</h1>`, 'a body that is not JSON'],
    ['half of the body', `{"status":"ready","secrets":{"A":"${LEAK}"`, 'a body that is not JSON'],
    [
      'another encoding',
      Buffer.from('{"status":"failed","message":"\xff"}', 'latin1'),
      'a body that is not JSON',
    ],
    ['a number that JavaScript rounds', '{"status":"ready","handle":{"id":9007199254740993}}', INEXACT],
    ['a number that JavaScript cannot represent', '{"status":"ready","handle":{"size":1e400}}', INEXACT],
    [
      'very deep JSON',
      `{"status":"ready","handle":${'['.repeat(4e5)}${']'.repeat(4e5)}}`,
      'JSON that is nested too deeply',
    ],
  ])('with %s is an error without a quotation', async (_, body, words) => {
    server.script = text(body);
    const failure = await failureOf(make().provision(requestFor()));
    expect(failure.message).toBe(`http: the provisioner at ${server.host} answered provision with ${words}`);
    expect(String(failure.cause)).not.toContain(LEAK);
  });

  it('keeps every number that JavaScript can represent exactly', async () => {
    const handle = { id: 9007199254740992, most: -9007199254740991, part: 0.1, much: 1e30 };
    server.script = json({ status: 'ready', handle });
    expect(await make().provision(requestFor())).toEqual({ status: 'ready', handle });
  });

  it('of more than 1 MiB is an error, and is not read to its end', async () => {
    let wrote = 0;
    server.script = (response) => {
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) wrote += chunk.length;
        wrote += chunk.length;
      };
      response.on('drain', more);
      more();
    };
    const failure = await failureOf(make().provision(requestFor()));
    expect(failure.message).toBe(
      `http: the provisioner at ${server.host} answered provision with more than 1 MiB`,
    );
    await expect.poll(() => server.connections.open.size).toBe(0);
    expect(wrote).toBeLessThan(64 * MIB);
  });

  it('of exactly 1 MiB is read', async () => {
    const body = JSON.stringify({ ...READY, secrets: { BIG: 'x'.repeat(100) } });
    server.script = text(body.padEnd(MIB, ' '));
    expect(await make().provision(requestFor())).toMatchObject(READY);
    server.script = text(body.padEnd(MIB + 1, ' '));
    expect((await failureOf(make().provision(requestFor()))).message).toContain('more than 1 MiB');
  });

  it('with keys may be larger', async () => {
    const keys = Array.from({ length: 40_000 }, (_, index) => `${'k'.repeat(40)}-${index}`);
    server.script = json({ keys });
    expect(await make({ list: true }).list?.(AbortSignal.timeout(10_000))).toEqual(keys);
  });
});

describe('a status', () => {
  it.each([
    [429, '7', 7_000],
    [503, '0', 1_000],
    [503, '86400', 600_000],
    [429, 'Tue, 24 Nov 2020 07:26:03 GMT', 1_000],
  ])('%i with Retry-After %s waits %i ms', async (status, retryAfter, retryAfterMs) => {
    server.script = json({ message: 'busy' }, status, { 'retry-after': retryAfter });
    const expected = {
      status: 'pending',
      message: `waiting: the provisioner at ${server.host} asks Drawbridge to slow down`,
      retryAfterMs,
    };
    const one = make({ check: true, list: true });
    expect(await one.provision(requestFor())).toEqual(expected);
    expect(await one.deprovision(requestFor())).toEqual(expected);
    for (const verb of ['check', 'list'] as const) {
      const { message } = await failureOf(one[verb]?.(AbortSignal.timeout(10_000)));
      expect(message).toBe(`http: ${expected.message}`);
    }
  });

  it('429 with a date in Retry-After waits until that time', async () => {
    const date = new Date(Date.now() + 120_000).toUTCString();
    server.script = text('', 429, { 'retry-after': date });
    const { retryAfterMs } = (await make().provision(requestFor())) as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(60_000);
    expect(retryAfterMs).toBeLessThanOrEqual(120_000);
  });

  it.each([
    [500, {}, { message: 'the disk is full\n at line 5' }, 'with 500: the disk is full at line 5'],
    [429, {}, { message: 'busy' }, 'with 429: busy'],
    [503, { 'retry-after': 'soon' }, null, 'with 503'],
    [500, { 'retry-after': '5' }, { error: LEAK }, 'with 500'],
    [401, {}, { message: 'no valid signature' }, 'with 401: no valid signature'],
    [404, {}, LEAK, 'with 404'],
    [400, {}, { message: { text: LEAK } }, 'with 400'],
    [201, {}, READY, 'with 201'],
  ])('%i with %j and body %j is an error to retry', async (status, headers, body, words) => {
    server.script = json(body, status, headers);
    const failure = await failureOf(make().provision(requestFor()));
    expect(failure.message).toBe(`http: the provisioner at ${server.host} answered provision ${words}`);
    expect(PermanentError.is(failure)).toBe(false);
  });

  it('of an error quotes no page, no long text and no secret', async () => {
    server.script = text(`<pre>derived: ${derived('password')}</pre>`, 500);
    const page = await failureOf(make().provision(requestFor()));
    expect(page.message).toBe(`http: the provisioner at ${server.host} answered provision with 500`);
    server.script = json({ message: `bad token ${derived('password')} ${'x'.repeat(1_000)}` }, 500);
    const { message } = await failureOf(make().provision(requestFor()));
    expect(message).toContain('with 500: bad token [secret] xxx');
    expect(message.length).toBeLessThan(400);
  });

  it('204 is an error because it has no body', async () => {
    server.script = text('', 204);
    const failure = await failureOf(make().deprovision(requestFor()));
    expect(failure.message).toBe(`http: the provisioner at ${server.host} answered deprovision with 204`);
  });

  it.each([301, 302, 307, 308])('%i is not followed', async (status) => {
    server.script = text('', status, { location: `${server.url}/elsewhere?token=${LEAK}` });
    const failure = await failureOf(make().provision(requestFor()));
    expect(failure.message).toBe(
      `http: the provisioner at ${server.host} answered provision with ${status}, a redirect, ` +
        'which Drawbridge does not follow; set url to its target',
    );
    expect(server.received).toHaveLength(1);
  });
});

describe('a call', () => {
  const stuck = (): void => undefined;

  it.each([
    ['headers', stuck],
    ['the rest of the body', (response: any) => void response.writeHead(200).write('{"status":')],
  ])('that waits for %s ends at its time limit', async (_, script) => {
    server.script = script;
    const failure = await failureOf(make({ timeoutMs: 200 }).provision(requestFor()));
    expect(failure.message).toBe(
      `http: the provisioner at ${server.host} did not answer provision within 200 ms`,
    );
    await expect.poll(() => server.connections.open.size).toBe(0);
  });

  it.each([
    ['headers', stuck],
    ['the rest of the body', (response: any) => void response.writeHead(200).write('{"status":')],
  ])('that waits for %s ends at once when it is aborted', async (_, script) => {
    server.script = script;
    const abort = new AbortController();
    const call = failureOf(make().provision(requestFor({ signal: abort.signal })));
    await expect.poll(() => server.received.length).toBe(1);
    await sleep(50);
    const abortedAt = performance.now();
    abort.abort(new Error('canceled'));
    expect((await call).message).toBe('canceled');
    expect(performance.now() - abortedAt).toBeLessThan(1_000);
    await expect.poll(() => server.connections.open.size).toBe(0);
  });

  it('that waits for a connection ends at once when it is aborted, and is not sent afterwards', async () => {
    server.script = stuck;
    const one = make();
    const others = Array.from({ length: 50 }, () => failureOf(one.provision(requestFor())));
    await expect.poll(() => server.received.length).toBe(50);
    const abort = new AbortController();
    const call = failureOf(one.provision(requestFor({ signal: abort.signal })));
    await sleep(50);
    const abortedAt = performance.now();
    abort.abort(new Error('canceled'));
    expect((await call).message).toBe('canceled');
    expect(performance.now() - abortedAt).toBeLessThan(1_000);
    server.script = json(READY);
    await one.close?.();
    await Promise.all(others);
    expect(server.received).toHaveLength(50);
  });

  it('that is aborted before it begins sends nothing', async () => {
    const signal = AbortSignal.abort(new Error('canceled'));
    expect((await failureOf(make().provision(requestFor({ signal })))).message).toBe('canceled');
    expect(server.connections.opened).toBe(0);
  });

  it('uses the connections of earlier calls, also after errors', async () => {
    const one = make({ check: true });
    for (let round = 0; round < 5; round++) {
      server.script = json(READY);
      await one.provision(requestFor());
      server.script = json({ message: 'no' }, 500);
      await failureOf(one.provision(requestFor()));
      server.script = text('', 429, { 'retry-after': '1' });
      await one.provision(requestFor());
      server.script = json({ status: 'ok' });
      await one.check?.(AbortSignal.timeout(10_000));
    }
    expect(server.received).toHaveLength(20);
    // A call may begin shortly before the connection of the call before it is free.
    expect(server.connections.opened).toBeLessThanOrEqual(2);
    await one.close?.();
    await expect.poll(() => server.connections.open.size).toBe(0);
  });

  it('to a closed port is an error to retry', async () => {
    const failure = await failureOf(make({ url: 'http://127.0.0.1:1' }).provision(requestFor()));
    expect(failure.message).toBe('http: the provisioner at 127.0.0.1:1 cannot be reached (ECONNREFUSED)');
    expect(PermanentError.is(failure)).toBe(false);
  });

  it('is sent at most twice when its connection is always closed', async () => {
    server.script = (_, __, request) => void request.socket.destroy();
    const failure = await failureOf(make().provision(requestFor()));
    expect(failure.message).toBe(
      `http: the provisioner at ${server.host} did not answer provision: the connection broke ` +
        '(UND_ERR_SOCKET)',
    );
    expect(server.received).toHaveLength(2);
  });

  it.each([200, 400, 404, 429])('is sent again when an answer with %i breaks off', async (status) => {
    server.script = (response) => {
      response.writeHead(status, { 'content-length': '500', 'retry-after': '1' });
      response.write('{"status":"ready","handle":null', () => response.destroy());
    };
    const failure = await failureOf(make().provision(requestFor()));
    expect(PermanentError.is(failure)).toBe(false);
    expect(failure.message).toMatch(/did not answer provision: the connection broke \(\w+\)$/);
    expect(server.received).toHaveLength(2);
  });

  it('is an error to retry when the answer is not HTTP', async () => {
    const sockets = new Set<Socket>();
    const other = createServer((socket) => void sockets.add(socket.on('error', stuck)).add(socket)).listen(
      0,
      '127.0.0.1',
    );
    other.on('connection', (socket) => socket.write('220 mail.example.com ESMTP\r\n'));
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const failure = await failureOf(make({ url: `http://127.0.0.1:${port}` }).provision(requestFor()));
    expect(failure.message).toMatch(/did not answer provision: the connection broke \(\w+\)$/);
    sockets.forEach((socket) => socket.destroy());
    other.close();
  });
});

describe('the optional verbs', () => {
  it('exist only when the configuration declares them', () => {
    expect(Object.keys(make())).toEqual(['provision', 'deprovision', 'close']);
    expect(make({ check: true })).toHaveProperty('check');
    expect(make({ list: true })).toHaveProperty('list');
  });

  it('are requested with GET', async () => {
    const one = make({ check: true, list: true });
    server.script = json({ status: 'ok' });
    await one.check?.(AbortSignal.timeout(10_000));
    server.script = json({ keys: ['shop-main'] });
    expect(await one.list?.(AbortSignal.timeout(10_000))).toEqual(['shop-main']);
    expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /check',
      'GET /keys',
    ]);
  });

  it("fail a check with the server's message", async () => {
    server.script = json({ status: 'failed', message: 'acme: the api refuses the token' });
    const failure = await failureOf(make({ check: true }).check?.(AbortSignal.timeout(10_000)));
    expect(failure.message).toBe('acme: the api refuses the token');
  });
});

describe('the document', () => {
  it('is OpenAPI 3.1 and contains exactly the requested paths', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(['/provision', '/deprovision', '/check', '/keys']);
  });

  it('has valid examples', () => {
    const examples = Object.entries(document.components['schemas'] ?? {}).flatMap(([name, schema]) =>
      ((schema.examples ?? []) as unknown[]).map((example) => ({
        name,
        problems: problemsWith(name, example),
      })),
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const { name, problems } of examples) expect(problems, name).toEqual([]);
  });
});
