import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/provisioner/builtin/http/config.js';
import { type Json, PermanentError, type ProvisionRequest } from '../../../src/provisioner/provisioner.js';
import { describeProvisioner, http } from '../../../src/provisioner/testing/conformance.js';
import { problemsWith } from './http-protocol.js';

const SERVER = fileURLToPath(new URL('../../../examples/provisioner-python/server.py', import.meta.url));
const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const OLD = `whsec_${randomBytes(32).toString('base64')}`;
const PYTHON = spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0;

let folder: string;
let database: string;
let server: ChildProcess;
let url: string;
let output = '';

interface Row {
  id: number;
  token_sha256: string | null;
}

/** Reads the row of a key directly from the server's file. */
function find(key: string): Row | null {
  const file = new DatabaseSync(database, { readOnly: true });
  try {
    const row = file.prepare('select id, token_sha256 from namespace where key = ?').get(key);
    return row === undefined || row['token_sha256'] === null ? null : ({ ...row } as unknown as Row);
  } finally {
    file.close();
  }
}

async function start(): Promise<void> {
  server = spawn('python3', [SERVER], {
    env: { ...process.env, PROVISIONER_SECRET: `${OLD} ${SECRET}`, PROVISIONER_DB: database, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  server.stderr?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-10_000)));
  for await (const line of createInterface({ input: server.stdout as Readable })) {
    url = /^listening at (http:\S+)$/.exec(line)?.[1] ?? '';
    if (url !== '') return;
  }
  throw new Error(`the server ended before it listened\n${output}`);
}

async function kill(): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill('SIGKILL');
  await once(server, 'exit');
}

/**
 * Starts the server for the tests of one block. Without python3 the tests are skipped; where `CI` is set they
 * fail instead.
 */
function describeWithPython(name: string, body: () => void): void {
  const missing = 'python3 is not installed, and examples/provisioner-python is tested with it';
  const skip = !PYTHON && !process.env['CI'];
  describe.skipIf(skip)(`${name}${skip ? ` (${missing})` : ''}`, () => {
    beforeAll(async () => {
      if (!PYTHON) throw new Error(missing);
      folder = await mkdtemp(join(tmpdir(), 'drawbridge-python-'));
      database = join(folder, 'namespaces.db');
      await start();
    });
    afterAll(async () => {
      if (!PYTHON) return;
      await kill();
      await rm(folder, { recursive: true });
    });
    body();
  });
}

describeWithPython('the python example behind http', () => {
  describeProvisioner(
    { describe, it },
    {
      plugin: http,
      config: {
        get url() {
          return url;
        },
        secret: SECRET,
        check: true,
        list: true,
      },
      invalidConfig: { url: 'provisioner.example.com', secret: 'password' },
      find,
    },
  );
});

function requestFor(key: string, handle: Json = null): ProvisionRequest {
  return {
    key,
    handle,
    resource: { id: 'res_1', settings: {} },
    installationId: 'icfg_1',
    deployment: {
      id: 'dpl_1',
      url: null,
      target: null,
      projectId: null,
      projectName: null,
      gitRef: null,
      gitSha: null,
      pullRequest: null,
    },
    signal: AbortSignal.timeout(30_000),
    derive: (label) => new Uint8Array(hkdfSync('sha256', 'seed', key, label, 32)),
    log: () => undefined,
  };
}

const make = (secret: string) =>
  http.create(configSchema.parse({ url, secret, check: true, list: true, timeoutMs: 20_000 }));

/** A request that the test signs itself: by default `deprovision` of a key, now, with the right secret. */
interface Sent {
  readonly verb: string;
  readonly secret: string;
  readonly agoSeconds: number;
  readonly body: string;
  /** Headers that are changed after the signature. */
  readonly headers: Record<string, string>;
  readonly bodySent: string;
}

async function post(sent: Partial<Sent>): Promise<Response> {
  const { verb = 'deprovision', secret = SECRET, agoSeconds = 0, body = '{"key":"refused"}' } = sent;
  const id = `${verb}_refused_0123456789abcdef01234567`;
  const timestamp = String(Math.floor(Date.now() / 1_000) - agoSeconds);
  const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
    ...sent.headers,
  };
  return fetch(`${url}/deprovision`, { method: 'POST', headers, body: sent.bodySent ?? body });
}

describeWithPython('the python example', () => {
  it('refuses a request of more than 1 MiB without reading it', async () => {
    expect(await statusOfAnnounced(1024 * 1024 + 1)).toBe(401);
  });

  it('makes one namespace for many concurrent calls, and stores only the hash of its token', async () => {
    const one = make(SECRET);
    const answers = await Promise.all(Array.from({ length: 20 }, () => one.provision(requestFor('crowd'))));
    const token = Buffer.from(requestFor('crowd').derive('password')).toString('base64url');
    for (const answer of answers) {
      expect(answer).toEqual({
        status: 'ready',
        handle: null,
        secrets: { NAMESPACE: 'crowd', NAMESPACE_TOKEN: token },
      });
    }
    expect(find('crowd')?.token_sha256).toBe(createHash('sha256').update(token).digest('hex'));
    expect(await one.list?.(AbortSignal.timeout(10_000))).toEqual(['crowd']);
    expect(await one.deprovision(requestFor('crowd'))).toEqual({ status: 'gone' });
    expect(await one.list?.(AbortSignal.timeout(10_000))).toEqual([]);
    await one.close?.();
  });

  it('makes nothing for a call that comes after the removal', async () => {
    const one = make(SECRET);
    await one.deprovision(requestFor('late'));
    const failure = await one.provision(requestFor('late')).catch((error: unknown) => error);
    expect(PermanentError.is(failure)).toBe(true);
    expect(find('late')).toBeNull();
    await one.close?.();
  });

  it('keeps its namespaces over a restart', async () => {
    const one = make(SECRET);
    await one.provision(requestFor('lasting'));
    const before = find('lasting');
    await kill();
    await start();
    expect(find('lasting')).toEqual(before);
    await one.close?.();
    const other = make(SECRET);
    await other.provision(requestFor('lasting'));
    expect(find('lasting')).toEqual(before);
    await other.close?.();
  });

  it.each([
    ['the new', () => SECRET],
    ['the old', () => OLD],
    ['both', () => `${SECRET} ${OLD}`],
    ['an unknown and the old', () => `whsec_${randomBytes(24).toString('base64')} ${OLD}`],
  ])('accepts requests signed with %s secret during its replacement', async (_, secret) => {
    const one = make(secret());
    await expect(one.check?.(AbortSignal.timeout(10_000))).resolves.toBeUndefined();
    await one.close?.();
  });

  it.each<[string, Partial<Sent>]>([
    ['signed now', {}],
    ['signed four minutes ago', { agoSeconds: 240 }],
    ['signed by a clock that is four minutes ahead', { agoSeconds: -240 }],
  ])('accepts a request %s', async (_, sent) => {
    const answer = await post(sent);
    expect(answer.status).toBe(200);
    const body: unknown = await answer.json();
    expect(problemsWith('DeprovisionAnswer', body)).toEqual([]);
  });

  it.each<[string, Partial<Sent>]>([
    ['signed with an unknown secret', { secret: `whsec_${randomBytes(24).toString('base64')}` }],
    ['signed for another verb', { verb: 'provision' }],
    ['signed six minutes ago', { agoSeconds: 360 }],
    ['signed by a clock that is six minutes ahead', { agoSeconds: -360 }],
    ['with another time than was signed', { headers: { 'webhook-timestamp': '1700000000' } }],
    ['whose time is no number', { headers: { 'webhook-timestamp': 'now' } }],
    ['with another id than was signed', { headers: { 'webhook-id': 'deprovision_refused_0' } }],
    ['without a signature', { headers: { 'webhook-signature': '' } }],
    ['whose signature is not ASCII', { headers: { 'webhook-signature': 'v1,é' } }],
    ['with another body than was signed', { bodySent: '{"key":"changed"}' }],
  ])('refuses a request %s', async (_, sent) => {
    const answer = await post(sent);
    expect(answer.status).toBe(401);
    expect(problemsWith('Error', await answer.json())).toEqual([]);
  });
});

/**
 * Sends only the headers: the server refuses the body unread, and may break the connection during the upload.
 */
async function statusOfAnnounced(bytes: number): Promise<number | undefined> {
  const sending = request(`${url}/deprovision`, { method: 'POST', headers: { 'content-length': bytes } });
  sending.flushHeaders();
  const [answer] = (await once(sending, 'response')) as [IncomingMessage];
  sending.destroy();
  return answer.statusCode;
}

describe('its file', () => {
  it('has at most 40 lines of at most 120 characters', async () => {
    const lines = (await readFile(SERVER, 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });

  it('imports only the standard library', async () => {
    const source = await readFile(SERVER, 'utf8');
    const imported = [...source.matchAll(/^(?:import|from) ([\w., ]+?)(?: import.*)?$/gm)].flatMap(
      ([, names]) => (names ?? '').split(', '),
    );
    expect(imported.sort()).toEqual(
      'base64 hashlib hmac json os socketserver sqlite3 threading time wsgiref.simple_server'.split(' '),
    );
  });
});
