import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import readiness, { readinessWith } from '../../../src/provisioner/builtin/readiness/readiness.js';
import type { AddressLookup } from '../../../src/provisioner/builtin/readiness/probes/host-resolver.js';
import {
  type Json,
  type Pending,
  PermanentError,
  type Provisioner,
  type ProvisionRequest,
  type Ready,
} from '../../../src/provisioner/provisioner.js';
import { selfSigned } from '../../support/servers/certificate.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';
import { closeAll, closedPort, postgresWithTls, tcp, web } from './readiness-servers.js';

afterEach(closeAll);

interface Asked {
  readonly handle?: Json;
  readonly settings?: Record<string, Json>;
  readonly signal?: AbortSignal;
}

function requestFor({ handle = null, settings = {}, signal }: Asked = {}): ProvisionRequest<never> {
  return {
    key: 'shop-main',
    handle: handle as never,
    resource: { id: 'res_1', settings },
    installationId: 'icfg_1',
    deployment: {
      id: 'dpl_1',
      url: null,
      target: null,
      projectId: null,
      projectName: null,
      gitRef: 'feature/x',
      gitSha: 'abc123',
      pullRequest: null,
    },
    signal: signal ?? AbortSignal.timeout(30_000),
    derive: () => new Uint8Array(32),
    log: () => undefined,
  };
}

const LOCAL = ['127.0.0.1'];
/** A lookup that resolves every name to this machine. */
const here: AddressLookup = async () => [{ address: '127.0.0.1', family: 4 }];

function withProbes(probes: object[], rest: object = {}, lookup?: AddressLookup): Provisioner {
  const plugin = lookup === undefined ? readiness : readinessWith(lookup);
  const checked = plugin.configSchema['~standard'].validate({ probes, allow: LOCAL, ...rest });
  if (checked instanceof Promise || checked.issues) throw new Error(JSON.stringify(checked));
  return plugin.create(checked.value);
}

const ask = (probe: object, rest: object = {}, asked: Asked = {}): Promise<Ready | Pending> =>
  withProbes([probe], rest).provision(requestFor(asked));

async function failureOf(probe: object, rest: object = {}, asked: Asked = {}): Promise<string> {
  const answer = await ask(probe, rest, asked);
  expect(answer.status).toBe('pending');
  return String(answer.message);
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => 'nothing was thrown',
    (thrown: unknown) => thrown,
  );
  expect(error).toSatisfy(PermanentError.is);
  return (error as Error).message;
}

const READY = { status: 'ready', handle: { inARow: 1, failed: null } };

describe('an http probe', () => {
  it('succeeds with an expected status', async () => {
    const server = await web((request, response) => response.writeHead(Number(request.url?.slice(1))).end());
    const url = (status: number): string => `http://127.0.0.1:${server.port}/${status}`;
    for (const status of [200, 204, 299])
      expect(await ask({ type: 'http', url: url(status) })).toEqual(READY);
    expect(await ask({ type: 'http', url: url(401), status: [200, 401] })).toEqual(READY);
    expect(await ask({ type: 'http', url: url(307), status: '300-399', method: 'HEAD' })).toEqual(READY);
    expect(server.requests.at(-1)?.method).toBe('HEAD');
    expect(await failureOf({ type: 'http', url: url(503) })).toBe(
      `readiness: GET http://127.0.0.1:${server.port} answered 503, expected 200-299`,
    );
    expect(await failureOf({ type: 'http', url: url(200), status: [201, '300-302'], name: 'api' })).toBe(
      `readiness: api: GET http://127.0.0.1:${server.port} answered 200, expected 201, 300-302`,
    );
    await expect.poll(() => server.open).toBe(0);
  });

  it('refuses an answer that breaks off, with and without an expected text', async () => {
    const server = await web((_request, response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('begin', () => response.destroy());
    });
    const url = `http://127.0.0.1:${server.port}/`;
    for (const body of [undefined, 'begin', { matches: '^begin' }])
      expect(await failureOf({ type: 'http', url, ...(body === undefined ? {} : { body }) })).toMatch(
        /closed the connection$/,
      );
  });

  it('accepts the status of an endless event stream', async () => {
    const server = await web((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n'),
    );
    expect(await ask({ type: 'http', url: `http://127.0.0.1:${server.port}/` })).toEqual(READY);
    await expect.poll(() => server.open).toBe(0);
  });

  it('searches the body for a text or a pattern, and shows neither', async () => {
    const server = await web((_request, response) => response.end('{"sha":"abc123","secret":"hunter2"}'));
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await ask({ type: 'http', url, body: '"sha":"${deployment.gitSha}"' })).toEqual(READY);
    expect(await ask({ type: 'http', url, body: { matches: '"sha":"[0-9a-f]{6}"' } })).toEqual(READY);
    const lacks = await failureOf({ type: 'http', url, body: 'other' });
    const matchless = await failureOf({ type: 'http', url, body: { matches: '^other$' } });
    expect(lacks).toMatch(/answered 200, but its body does not contain the expected text$/);
    expect(matchless).toMatch(/answered 200, but its body does not match$/);
    expect(lacks + matchless).not.toMatch(/hunter2|other/);
  });

  it('aborts a pattern that takes too long', async () => {
    const server = await web((_request, response) => response.end(`${'a'.repeat(60)}!`));
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await failureOf({ type: 'http', url, body: { matches: '^(a+)+$' } })).toMatch(/takes too long$/);
  });

  it('reads 1 MiB of an endless body, and closes the connection', async () => {
    const server = await web((_request, response) => {
      response.write('begin');
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const url = `http://127.0.0.1:${server.port}/`;
    expect(await ask({ type: 'http', url })).toEqual(READY);
    expect(await ask({ type: 'http', url, body: 'begin' })).toEqual(READY);
    expect(await failureOf({ type: 'http', url, body: 'end' })).toMatch(/does not contain the expected text/);
    await expect.poll(() => server.open).toBe(0);
  });

  it('resolves URL and headers, and reports only scheme, host and port', async () => {
    const server = await web((_request, response) => response.writeHead(500).end());
    const settings = { path: 'path-secret', token: 'token-secret' };
    const probe = {
      type: 'http',
      url: `http://user:pass-secret@127.0.0.1:${server.port}/\${resource.settings.path}?key=query-secret`,
      headers: { 'X-Token': '${resource.settings.token}' },
    };
    const message = await failureOf(probe, {}, { settings });
    expect(message).toBe(`readiness: GET http://127.0.0.1:${server.port} answered 500, expected 200-299`);
    const [request] = server.requests;
    expect(request?.url).toBe('/path-secret?key=query-secret');
    expect(request?.headers).toMatchObject({
      'x-token': 'token-secret',
      authorization: `Basic ${Buffer.from('user:pass-secret').toString('base64')}`,
      host: `127.0.0.1:${server.port}`,
    });
  });

  it('is refused when a template gives no URL, no value or an invalid header', async () => {
    const url = 'http://127.0.0.1:1/';
    const settings = { url: 'hunter2 no url', line: 'hunter2\r\nx: y', host: 'a b' };
    const refused = (probe: object): Promise<string> => refusalOf(ask(probe, {}, { settings }));
    const messages = [
      await refused({ type: 'http', url: '${resource.settings.url}' }),
      await refused({ type: 'http', url: 'file:///${resource.id}' }).catch(String),
      await refused({ type: 'http', url: '${deployment.url}' }),
      await refused({ type: 'http', url, headers: { a: '${resource.settings.line}' } }),
      await refused({ type: 'tcp', host: '${resource.settings.host}', port: 1 }),
      await refused({ type: 'tcp', host: 'db', port: '${resource.id}' }),
    ];
    expect(messages).toEqual([
      'readiness: probes.0.url: is not an HTTP or HTTPS URL after its references are filled in',
      'readiness: probes.0.url: is not an HTTP or HTTPS URL after its references are filled in',
      'readiness: probes.0.url: there is no deployment.url',
      'readiness: probes.0.headers.a: contains a character that no header can contain',
      'readiness: probes.0.host: is not a host name or an address',
      'readiness: probes.0.port: is not a port from 1 to 65535',
    ]);
  });

  it('describes the fault of a server that does not answer', async () => {
    const silent = await tcp();
    const rude = await tcp((socket) => socket.destroy());
    const odd = await tcp((socket) => void socket.resume().end('hello\r\n'));
    const url = (port: number): string => `http://127.0.0.1:${port}/`;
    expect(await failureOf({ type: 'http', url: url(await closedPort()) })).toMatch(
      /refused the connection$/,
    );
    expect(await failureOf({ type: 'http', url: url(rude.port) })).toMatch(/closed the connection$/);
    expect(await failureOf({ type: 'http', url: url(odd.port) })).toMatch(
      /does not speak HTTP(?: \(HPE_\w+\))?$/,
    );
    expect(await failureOf({ type: 'http', url: url(silent.port), timeout: '150ms' })).toMatch(
      /did not answer within 0\.15 s$/,
    );
    expect(await failureOf({ type: 'http', url: 'http://name.invalid/' })).toMatch(
      /^readiness: GET http:\/\/name\.invalid (?:has no address|cannot be reached)/,
    );
    await expect.poll(() => silent.open + rude.open + odd.open).toBe(0);
  });

  it('ends at once when it is aborted, also during a body', async () => {
    const trickle = await web((_request, response) => void response.write('x'));
    const abort = new AbortController();
    const asked = ask(
      { type: 'http', url: `http://127.0.0.1:${trickle.port}/`, body: 'y', timeout: '20s' },
      {},
      { signal: abort.signal },
    ).catch((error: unknown) => error);
    await expect.poll(() => trickle.requests.length).toBe(1);
    await sleep(50);
    const at = performance.now();
    abort.abort(new Error('canceled'));
    expect(await asked).toEqual(new Error('canceled'));
    expect(performance.now() - at).toBeLessThan(1_000);
    await expect.poll(() => trickle.open).toBe(0);
  });
});

describe('over tls', () => {
  const certificate = selfSigned({ names: ['app.test', '127.0.0.1'] });
  const ca = certificate.cert;
  const ok = (_request: unknown, response: { end(): unknown }): void => void response.end();

  it('a certificate must be trusted, valid, and of the host', async () => {
    const expired = selfSigned({ names: ['127.0.0.1'], days: -1 });
    const other = selfSigned({ names: ['other.test'] });
    const url = async (one: typeof certificate) => `https://127.0.0.1:${(await web(ok, one)).port}/`;
    const good = await url(certificate);
    expect(await ask({ type: 'http', url: good, tls: { ca } })).toEqual(READY);
    expect(await failureOf({ type: 'http', url: good })).toMatch(
      /has a certificate that is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
    );
    expect(await failureOf({ type: 'http', url: await url(expired), tls: { ca: expired.cert } })).toMatch(
      /not trusted \(CERT_HAS_EXPIRED\)$/,
    );
    expect(await failureOf({ type: 'http', url: await url(other), tls: { ca: other.cert } })).toMatch(
      /not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    );
    expect(
      await ask({ type: 'http', url: await url(other), tls: { ca: other.cert, servername: 'other.test' } }),
    ).toEqual(READY);
  });

  it('the name stays the name, although the connection goes to the address', async () => {
    const server = await web(ok, certificate);
    const probe = { type: 'http', url: `https://app.test:${server.port}/`, tls: { ca } };
    const one = withProbes([probe], { allow: ['app.test'] }, here);
    expect(await one.provision(requestFor())).toEqual(READY);
    const [request] = server.requests;
    expect(request?.headers.host).toBe(`app.test:${server.port}`);
    expect((request?.socket as { servername?: string } | undefined)?.servername).toBe('app.test');
    const wrong = withProbes([{ ...probe, url: `https://wrong.test:${server.port}/` }], {}, here);
    expect((await wrong.provision(requestFor())).message).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID/);
  });

  it('a server without TLS is reported as such', async () => {
    const server = await web(ok);
    const message = await failureOf({ type: 'http', url: `https://127.0.0.1:${server.port}/` });
    expect(message).toMatch(/failed the TLS handshake|closed the connection/);
  });

  it('a tcp probe verifies the certificate as well', async () => {
    const server = await web(ok, certificate);
    const probe = { type: 'tcp', host: '127.0.0.1', port: server.port };
    expect(await ask({ ...probe, tls: { ca } })).toEqual(READY);
    expect(await ask(probe)).toEqual(READY);
    expect(await failureOf({ ...probe, tls: true })).toMatch(
      /^readiness: tcp 127\.0\.0\.1:\d+ has a certificate/,
    );
    await expect.poll(() => server.open).toBe(0);
  });
});

describe('a tcp probe', () => {
  it('succeeds when a connection is accepted, and closes it', async () => {
    const server = await tcp();
    const settings = { port: String(server.port) };
    expect(
      await ask(
        { type: 'tcp', host: 'localhost', port: '${resource.settings.port}' },
        { allow: ['localhost'] },
        { settings },
      ),
    ).toEqual(READY);
    expect(await failureOf({ type: 'tcp', host: '127.0.0.1', port: await closedPort() })).toMatch(
      /^readiness: tcp 127\.0\.0\.1:\d+ refused the connection$/,
    );
    expect(server.connections).toBe(1);
    await expect.poll(() => server.open).toBe(0);
  });

  it('tries all addresses of a host', async () => {
    const server = await tcp();
    const two: AddressLookup = async () => [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    const one = withProbes([{ type: 'tcp', host: 'both', port: server.port }], { allow: ['both'] }, two);
    expect(await one.provision(requestFor())).toEqual(READY);
  });
});

describe('a postgres probe', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase('readiness');
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`create table migration (id int primary key); insert into migration values (1), (2)`);
    await client.end();
  });
  afterAll(() => database.drop());

  /** A probe with the longest limit, because these tests are about answers. */
  const probe = (over: object = {}): object => ({
    type: 'postgres',
    url: database.url,
    timeout: '25s',
    ...over,
  });
  const urlWith = (change: (url: URL) => void): string => {
    const url = new URL(database.url);
    change(url);
    return url.href;
  };

  it('sends select 1, or a query with its expected value', async () => {
    expect(await ask(probe())).toEqual(READY);
    expect(await ask(probe({ query: 'select max(id) from migration', expect: '2' }))).toEqual(READY);
    expect(await ask(probe({ query: 'select true', expect: 't' }))).toEqual(READY);
    expect(await failureOf(probe({ query: 'select max(id) from migration', expect: '3' }))).toMatch(
      /^readiness: postgres 127\.0\.0\.1:\d+ answered another value than the expected one$/,
    );
    expect(await failureOf(probe({ query: 'select id from migration where id > 9', expect: '3' }))).toMatch(
      /answered no value/,
    );
  });

  it('describes the fault without the URL', async () => {
    const messages = [
      await failureOf(probe({ url: urlWith((url) => (url.password = 'wrong-secret')) })),
      await failureOf(probe({ url: urlWith((url) => (url.pathname = '/none-secret')) })),
      await failureOf(probe({ query: 'select * from nowhere_secret' })),
      await failureOf(probe({ query: 'select 1/0' })),
      await failureOf(probe({ query: 'select pg_sleep(20)', timeout: '300ms' })),
      await failureOf(probe({ url: urlWith((url) => url.searchParams.set('sslmode', 'require')) })),
    ];
    expect(messages.map((message) => message.replace(/^readiness: postgres 127\.0\.0\.1:\d+ /, ''))).toEqual([
      'rejected the password',
      'has no such database',
      'rejected the query (42P01)',
      'rejected the query (22012)',
      expect.stringMatching(/^(?:did not answer within 0\.3 s|canceled the query)$/),
      'does not speak TLS',
    ]);
    expect(messages.join()).not.toContain('secret');
  });

  it('only reads, one statement at a time', async () => {
    expect(await failureOf(probe({ query: 'delete from migration returning id' }))).toMatch(
      /probes only read$/,
    );
    expect(await failureOf(probe({ query: 'commit; delete from migration' }))).toMatch(/rejected the query/);
    expect(await ask(probe({ query: 'select count(*) from migration', expect: '2' }))).toEqual(READY);
  });

  it('leaves no session and no query behind, also when it is aborted', async () => {
    const abort = new AbortController();
    const waiting = ask(probe({ query: 'select pg_sleep(21)', timeout: '2s' }), {}, { signal: abort.signal });
    const caught = waiting.catch((error: unknown) => error);
    const client = new pg.Client({ connectionString: inject('postgresUrl') });
    await client.connect();
    const sessions = async (): Promise<number> => {
      const found = await client.query('select from pg_stat_activity where datname = $1', [database.name]);
      return found.rows.length;
    };
    await expect.poll(sessions).toBe(1);
    const at = performance.now();
    abort.abort(new Error('canceled'));
    expect(await caught).toEqual(new Error('canceled'));
    expect(performance.now() - at).toBeLessThan(1_000);
    await expect.poll(sessions).toBe(0);
    await client.end();
  });

  it('encrypts as the URL says, and verifies the certificate', async () => {
    const certificate = selfSigned({ names: ['db.test', '127.0.0.1'] });
    const server = await postgresWithTls(database.url, certificate);
    const url = (mode: string, host = '127.0.0.1'): string =>
      urlWith((it) => {
        it.host = `${host}:${server.port}`;
        it.searchParams.set('sslmode', mode);
      });
    const tls = { ca: certificate.cert };
    expect(await ask(probe({ url: url('require'), tls }))).toEqual(READY);
    expect(await failureOf(probe({ url: url('require') }))).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT/);
    expect(await ask(probe({ url: url('no-verify') }))).toEqual(READY);
    const named = (host: string) =>
      withProbes([probe({ url: url('verify-full', host), tls })], {}, here).provision(requestFor());
    expect(await named('db.test')).toEqual(READY);
    expect((await named('wrong.test')).message).toMatch(/ERR_TLS_CERT_ALTNAME_INVALID/);
    await expect.poll(() => server.open).toBe(0);
  });

  it('reads at most 4 MiB, encrypted or not', async () => {
    const tls = await postgresWithTls(database.url, selfSigned({ names: ['127.0.0.1'] }));
    const encrypted = urlWith((url) => {
      url.port = String(tls.port);
      url.searchParams.set('sslmode', 'no-verify');
    });
    for (const url of [database.url, encrypted]) {
      const query = "select repeat('x', 100000000)";
      expect(await failureOf(probe({ url, query }))).toMatch(/ sent too much data$/);
      expect(await ask(probe({ url, query: "select repeat('x', 4000000)" }))).toEqual(READY);
    }
  });

  it('uses nothing from the environment of this process, and follows no other host', async () => {
    const server = await tcp();
    const refused = (url: string): Promise<string> => refusalOf(ask({ type: 'postgres', url }));
    expect(await refused(`postgres://127.0.0.1:${server.port}/x`)).toBe(
      'readiness: probes.0.url: has no user',
    );
    for (const key of ['host', 'hostaddr', 'port']) {
      expect(await refused(`postgres://u:p@127.0.0.1:${server.port}/x?${key}=10.0.0.1`)).toMatch(
        new RegExp(`probes.0.url: sets ${key} in its query`),
      );
    }
    expect(await refused(`postgres://u:p@127.0.0.1:${server.port}/x?sslmode=maybe`)).toMatch(
      /unknown sslmode/,
    );
    expect(await refused('postgres://u:p@%2Ftmp%2Fsocket/x${resource.settings.x:-}')).toMatch(
      /not a Postgres URL/,
    );
    expect(server.connections).toBe(0);
  });

  it('without a password in its URL sends none of this process', async () => {
    const before = process.env['PGPASSWORD'];
    process.env['PGPASSWORD'] = new URL(database.url).password;
    try {
      const url = urlWith((it) => (it.password = ''));
      expect((await ask(probe({ url }))).status).toBe('pending');
    } finally {
      if (before === undefined) delete process.env['PGPASSWORD'];
      else process.env['PGPASSWORD'] = before;
    }
  });
});

describe('a private address', () => {
  const probesAt = (host: string, port: number): object[] => [
    { type: 'http', url: `http://${host}:${port}/` },
    { type: 'tcp', host, port },
    { type: 'postgres', url: `postgres://u:p@${host}:${port}/x` },
  ];

  it('is not connected to unless the configuration allows it', async () => {
    const server = await tcp();
    for (const probe of probesAt('127.0.0.1', server.port)) {
      expect(await refusalOf(withProbes([probe], { allow: [] }).provision(requestFor()))).toBe(
        'readiness: host "127.0.0.1" has the address 127.0.0.1, which is not public; to allow ' +
          'the probe, add the host or the address to allow',
      );
    }
    expect(server.connections).toBe(0);
  });

  it.each([
    '2130706433',
    '0177.0.0.1',
    '0x7f.1',
    '127.1',
    'localhost',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '0.0.0.0',
  ])('is not reached as %s', async (host) => {
    const server = await tcp();
    for (const probe of probesAt(host, server.port)) {
      const one = withProbes([probe], { allow: [] });
      // A system lookup that does not know such a form gives no address to connect to.
      const answer = await one.provision(requestFor()).catch((error: unknown) => error);
      if (PermanentError.is(answer)) expect(answer.message).toMatch(/which is not public/);
      else expect((answer as Pending).message).toMatch(/has no address|cannot be reached/);
    }
    expect(server.connections).toBe(0);
  });

  it.each(['127.0.0.1', '169.254.169.254', '::ffff:10.0.0.1', '10.0.0.1', '0.0.0.0', 'fe80::1%eth0'])(
    'is not reached by a name that resolves to %s',
    async (address) => {
      const lookup: AddressLookup = async () => [{ address, family: address.includes(':') ? 6 : 4 }];
      for (const probe of probesAt('sly.example.com', 80)) {
        const work = withProbes([probe], { allow: [] }, lookup).provision(requestFor());
        expect(await refusalOf(work)).toContain(`host "sly.example.com" has the address ${address}`);
      }
    },
  );

  it('is not reached by a name whose address changes after the check', async () => {
    const server = await web((_request, response) => response.end());
    const database = new URL(inject('postgresUrl'));
    const probes = [
      { type: 'http', url: `http://sly.example.com:${server.port}/` },
      { type: 'tcp', host: 'sly.example.com', port: server.port },
      { type: 'postgres', url: inject('postgresUrl').replace(database.hostname, 'sly.example.com') },
    ];
    for (const probe of probes) {
      const asked: string[] = [];
      const rebinding: AddressLookup = async (host) => {
        asked.push(host);
        return [{ address: asked.length === 1 ? '127.0.0.1' : '10.255.255.1', family: 4 }];
      };
      const one = withProbes([probe], { timeout: '5s' }, rebinding);
      expect(await one.provision(requestFor())).toEqual(READY);
      expect(asked).toEqual(['sly.example.com']);
    }
  });

  it('is not reached by a redirect: a redirect is a status like any other', async () => {
    const target = await web((_request, response) => response.end('reached'));
    const server = await web((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${target.port}/` }).end(),
    );
    const probe = { type: 'http', url: `http://public.test:${server.port}/` };
    const one = withProbes([probe], { allow: ['public.test'] }, here);
    expect((await one.provision(requestFor())).message).toMatch(/answered 302, expected 200-299$/);
    expect(target.connections).toBe(0);
  });

  it('ends the action although other probes could continue', async () => {
    const silent = await tcp();
    const slow = { type: 'http', url: `http://127.0.0.1:${silent.port}/`, timeout: '20s' };
    const probes = [slow, { type: 'tcp', host: '10.0.0.1', port: 80 }];
    const at = performance.now();
    expect(await refusalOf(withProbes(probes).provision(requestFor()))).toMatch(/10\.0\.0\.1/);
    expect(performance.now() - at).toBeLessThan(5_000);
    await expect.poll(() => silent.open).toBe(0);
  });
});

describe('rounds', () => {
  it('are one per call, of all probes at once, until all succeed n times in a row', async () => {
    const statuses = [503, 200, 500, 200, 200];
    const flaky = await web((_request, response) => response.writeHead(statuses.shift() ?? 200).end());
    const steady = await tcp();
    const origin = `http://127.0.0.1:${flaky.port}`;
    const one = withProbes(
      [
        { type: 'http', url: origin },
        { type: 'tcp', host: '127.0.0.1', port: steady.port },
      ],
      { successes: 2, interval: '3s' },
    );
    const answers: (Ready | Pending)[] = [];
    do answers.push(await one.provision(requestFor({ handle: answers.at(-1)?.handle ?? null })));
    while (answers.at(-1)?.status === 'pending' && answers.length < 9);
    expect(answers.map((answer) => answer.message ?? answer.status)).toEqual([
      `readiness: GET ${origin} answered 503, expected 200-299`,
      `readiness: 1 of 2 successes in a row; before that GET ${origin} answered 503, expected 200-299`,
      `readiness: GET ${origin} answered 500, expected 200-299`,
      `readiness: 1 of 2 successes in a row; before that GET ${origin} answered 500, expected 200-299`,
      'ready',
    ]);
    expect(answers[0]).toMatchObject({ retryAfterMs: 3_000 });
    expect([flaky.connections, steady.connections]).toEqual([5, 5]);
  });

  it('report all failed probes, in the order of the configuration', async () => {
    const port = await closedPort();
    const probe = { type: 'tcp', host: '127.0.0.1', port };
    const one = withProbes(['c', 'a', 'b', 'd'].map((name) => ({ ...probe, name })));
    const text = (name: string): string => `${name}: tcp 127.0.0.1:${port} refused the connection`;
    expect((await one.provision(requestFor())).message).toBe(
      `readiness: ${text('c')}; ${text('a')}; ${text('b')}; and 1 more`,
    );
  });
});
