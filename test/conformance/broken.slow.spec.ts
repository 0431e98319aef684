import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PermanentError, type ProvisionerPlugin } from '../../src/provisioner/provisioner.js';
import type { ConformanceOptions } from '../../src/provisioner/testing/conformance.js';
import { failuresOf } from './failures.js';
import { SteadyBackend, type Change, config, configSchema, invalidConfig, steady } from './steady-plugin.js';

const LIFE = 'makes the thing and removes it';

/** The kit's message about the plugin with this part broken; null when the kit finds no fault. */
async function said(
  check: string,
  change: Change,
  { part = {}, ...options }: Partial<ConformanceOptions> & { part?: Partial<ProvisionerPlugin> } = {},
): Promise<string | null> {
  const backend = new SteadyBackend();
  const plugin = steady(backend, change, part);
  const failures = await failuresOf(
    { plugin, config, invalidConfig, find: backend.find, ...options },
    (name) => name === check,
  );
  return failures[check] ?? null;
}

const none: Change = () => ({});
const schema = (configSchema: object) => ({ part: { configSchema: configSchema as never } });
const validating = (validate: (value: unknown) => unknown) =>
  schema({ '~standard': { version: 1, vendor: 'test', validate } });

it('the kit finds no fault in a plugin that keeps every promise', async () => {
  const backend = new SteadyBackend();
  const plugin = steady(backend);
  expect(await failuresOf({ plugin, config, invalidConfig, find: backend.find, timeoutMs: 5_000 })).toEqual(
    {},
  );
});

describe('a plugin of a wrong shape', () => {
  it('without a schema is reported', async () => {
    expect(await said('is a plugin of api version 1', none, schema({}))).toContain(
      'configSchema must be a Standard Schema',
    );
  });

  it('with one verb only is reported', async () => {
    const half: Change = () => ({ deprovision: undefined as never });
    expect(await said('creates a provisioner with both verbs', half)).toContain(
      'create must return an object with deprovision',
    );
  });

  it('whose own check fails is reported', async () => {
    const check: Change = () => ({ check: async () => Promise.reject(new Error('no route')) });
    expect(await said('passes its own check, and can be closed', check)).toContain(
      'check throws although the configuration works, so each boot would print a false warning: no route',
    );
  });
});

describe('a schema', () => {
  const UNKNOWN = 'rejects an unknown key';
  const TYPE = 'rejects a value of a wrong type and gives its path, at any depth';
  const BAD = 'rejects an invalid configuration and names the key';
  const { shape } = configSchema;

  it.each<[string, string, ReturnType<typeof schema>, string]>([
    ['that leaves unknown keys out', UNKNOWN, schema(z.object(shape)), 'accepts the unknown key'],
    [
      'that does not name the unknown key',
      UNKNOWN,
      schema(z.strictObject(shape, { error: 'is wrong' })),
      'rejects an unknown key but does not name it',
    ],
    [
      'that accepts any value of a key',
      TYPE,
      schema(configSchema.extend({ apiToken: z.unknown() })),
      'accepts a function as "apiToken"',
    ],
    [
      'that accepts any value of a nested key',
      TYPE,
      schema(configSchema.extend({ server: z.object({ host: z.any(), ports: z.any() }) })),
      'accepts a function as "server.host"',
    ],
    [
      'that names only the top of a nested key',
      TYPE,
      validating((value) => {
        const { issues } = configSchema.safeParse(value).error ?? {};
        return issues
          ? { issues: issues.map(({ path, message }) => ({ message, path: path.slice(0, 1) })) }
          : { value };
      }),
      'rejects an invalid "server.ports.0" with the path "server"',
    ],
    [
      'that throws',
      BAD,
      validating((value) => ({ value: (value as { a: { b: string } }).a.b })),
      'configSchema threw',
    ],
    [
      'that validates asynchronously',
      BAD,
      validating(async (value) => ({ value })),
      'validates asynchronously',
    ],
    [
      'that repeats a secret',
      UNKNOWN,
      schema(
        z.strictObject(shape, { error: ({ input }) => `keyThatNobodyKnows in ${JSON.stringify(input)}` }),
      ),
      'an issue of configSchema contains the setting apiToken',
    ],
    [
      'without a path in its issue',
      BAD,
      validating(() => ({ issues: [{ message: 'is wrong' }] })),
      'an issue of configSchema has no path and names no key',
    ],
  ])('%s is reported', async (_, check, options, says) => {
    expect(await said(check, none, options)).toContain(says);
  });

  it('that is strict may name an unknown key only in its message', async () => {
    expect(await said(BAD, none, { invalidConfig: { ...config, apiTokn: 'x' } })).toBeNull();
  });
});

it('the kit accepts a find that returns true or false', async () => {
  const backend = new SteadyBackend();
  const find = (key: string): boolean => backend.of(key) !== undefined;
  const options = { plugin: steady(backend), config, invalidConfig, find };
  expect(await failuresOf(options, (name) => name === LIFE)).toEqual({});
});

it('the kit accepts a PermanentError for a missing field of the deployment', async () => {
  const needy: Change = ({ provision }) => ({
    provision: (request) =>
      request.deployment.gitRef === null
        ? Promise.reject(new PermanentError('steady: the deployment has no git ref'))
        : provision(request),
  });
  expect(await said('handles a deployment of which only the id is known', needy)).toBeNull();
});

describe('a broken life cycle', () => {
  it.each<[string, string, Change, string]>([
    [
      'trusts the handle of an earlier answer',
      'finds its thing again with the handle of an earlier answer',
      ({ provision }) => ({
        async provision(request) {
          const label = request.handle?.step === 1 ? 'first' : 'other';
          return provision({ ...request, derive: () => request.derive(label) });
        },
      }),
      'with the handle of an earlier answer, as after a crash',
    ],
    [
      'has another message each time it is ready',
      'finds its thing again in another process, with the handle',
      ({ provision }, { things }) => ({
        async provision(request) {
          const answer = await provision(request);
          return answer.status === 'ready'
            ? { ...answer, message: `ready at ${things.length}.${Math.random()}` }
            : answer;
        },
      }),
      'the message of ready differs in the next call',
    ],
    [
      'makes another thing in each pending call',
      'changes nothing when a pending call is repeated',
      ({ provision }, backend) => ({
        async provision(request) {
          const answer = await provision(request);
          if (answer.status === 'pending') backend.make(request.key);
          return answer;
        },
      }),
      'more than one thing exists',
    ],
    [
      'has a counter in its messages',
      'changes nothing when a pending call is repeated',
      ({ provision }, backend) => ({
        async provision(request) {
          const thing = backend.of(request.key) ?? backend.make(request.key);
          if (thing.step++ > 5) return provision(request);
          return { status: 'pending', message: `waiting, call ${thing.step}`, retryAfterMs: 100 };
        },
      }),
      'changes with every call, in its digits only',
    ],
    [
      'forgets a half-made thing after its second answer',
      'removes a half-made thing after any answer',
      ({ deprovision }, backend) => ({
        deprovision: (request) =>
          backend.of(request.key)?.step === 2 ? Promise.resolve({ status: 'gone' }) : deprovision(request),
      }),
      'deprovision after answer 2 of provision left a thing behind',
    ],
    [
      'needs the handle of its own deprovision',
      'gets ready when the handle of any pending answer is lost',
      (_, backend) => ({
        async deprovision({ key, handle }) {
          const thing = backend.of(key);
          if (!thing) return { status: 'gone' };
          const pending = { status: 'pending', message: 'stopping', retryAfterMs: 100 } as const;
          if (thing.step !== 99) return { ...pending, handle: { step: (thing.step = 99) } };
          if (handle?.step !== 99) return pending;
          backend.take((one) => one === thing);
          return { status: 'gone' };
        },
      }),
      'was not gone within 2000 ms',
    ],
    [
      'makes a thing for each deployment',
      'makes one thing for all deployments that share a key',
      (_, backend) => ({
        async provision({ key, deployment }) {
          const tag = `${key} ${deployment.id}`;
          const tags = ((backend as { tags?: Set<string> }).tags ??= new Set());
          if (!tags.has(tag)) backend.make(key);
          tags.add(tag);
          return { status: 'ready', handle: { step: 1 } };
        },
      }),
      'provision for a later deployment of the same branch made another thing',
    ],
    [
      'requires fields that Vercel does not always send',
      'handles a deployment of which only the id is known',
      ({ provision }) => ({
        async provision(request) {
          request.log((request.deployment.gitRef as string).toLowerCase());
          return provision(request);
        },
      }),
      'Work without the fields that are null, or throw a PermanentError',
    ],
    [
      'does not list existing things',
      'lists its things, if it has the verb list',
      () => ({ list: async () => [] }),
      'an audit would report it as lost',
    ],
    [
      'lists removed things',
      'lists its things, if it has the verb list',
      ({ list, provision }, backend) => {
        const known = ((backend as { known?: Set<string> }).known ??= new Set());
        return {
          provision: (request) => provision((known.add(request.key), request)),
          list: async (signal) => [...new Set([...(await list(signal)), ...known])],
        };
      },
      'an audit would report it as leaked',
    ],
    [
      'lists values that are not texts',
      'lists its things, if it has the verb list',
      () => ({ list: async () => ({ keys: [] }) as never }),
      'list did not return an array of strings',
    ],
  ])('a plugin that %s is reported', async (_, check, change, says) => {
    expect(await said(check, change)).toContain(says);
  });

  it('a thing known only to a variable of the module is reported', async () => {
    const module = new URL('./runners/module-memory.mjs', import.meta.url);
    const {
      default: plugin,
      find,
      dir,
    } = (await import(module.href)) as {
      default: ProvisionerPlugin;
      find: (key: string) => unknown;
      dir: string;
    };
    const options = { plugin, config: { dir }, invalidConfig: { dir: 5 }, find, timeoutMs: 5_000 };
    expect(await failuresOf(options)).toEqual({});
    const failures = await failuresOf({ ...options, module }, (name) => name.includes('without state'));
    expect(Object.values(failures)).toEqual([expect.stringContaining('in another process: the secrets')]);
  });
});

describe('concurrent calls', () => {
  it.each<[string, string, Change, string]>([
    [
      'that fail when another call removes the thing',
      'answers gone to two calls at once',
      ({ deprovision }, backend) => {
        const busy = ((backend as { busy?: Set<string> }).busy ??= new Set());
        return {
          async deprovision(request) {
            if (busy.has(request.key)) throw new PermanentError('steady: it is being deleted');
            busy.add(request.key);
            return deprovision(request).finally(() => busy.delete(request.key));
          },
        };
      },
      'never throw a PermanentError',
    ],
    [
      'that remove everything whose key begins with theirs',
      'keeps a key apart from one that begins with it',
      (_, backend) => ({
        async deprovision({ key }) {
          backend.take((thing) => thing.key.startsWith(key));
          return { status: 'gone' };
        },
      }),
      'Compare whole names, not prefixes',
    ],
    [
      'that share one variable for their keys',
      'keeps keys apart in calls at once',
      (_, backend) => {
        const shared = backend as unknown as { key: string };
        return {
          async provision({ key, derive }) {
            shared.key = key;
            await sleep(5);
            if (!backend.of(shared.key)) backend.make(shared.key);
            const secrets = { DB_PASSWORD: Buffer.from(derive('password')).toString('hex') };
            return { status: 'ready', handle: { step: 1 }, secrets };
          },
          async deprovision({ key }) {
            shared.key = key;
            await sleep(5);
            backend.take((thing) => thing.key === shared.key);
            return { status: 'gone' };
          },
        };
      },
      'calls at once for different keys influenced each other',
    ],
  ])('%s is reported', async (_, check, change, says) => {
    expect(await said(check, change)).toContain(says);
  });
});

describe('an abort', () => {
  const LATER = 'ends promptly when a later provision is aborted, and deprovision then leaves nothing';
  const GONE = 'ends promptly when deprovision is aborted, and the next call removes the thing';
  const deaf = { signal: new AbortController().signal };

  it.each<[string, string, Change, string]>([
    [
      'that a later call ignores',
      LATER,
      ({ provision }) => ({
        async provision(request) {
          if (request.handle) await sleep(3_000);
          return provision({ ...request, ...deaf });
        },
      }),
      'provision still ran a second after its signal aborted',
    ],
    [
      'that deprovision ignores',
      GONE,
      ({ deprovision }) => ({
        async deprovision(request) {
          await sleep(3_000);
          return deprovision({ ...request, ...deaf });
        },
      }),
      'deprovision still ran a second after',
    ],
    [
      'that deprovision answers with gone',
      GONE,
      ({ deprovision }) => ({
        deprovision: (request) =>
          request.signal.aborted ? Promise.resolve({ status: 'gone' }) : deprovision(request),
      }),
      'an aborted deprovision answered gone, but the thing still exists',
    ],
    [
      'that causes a PermanentError',
      LATER,
      ({ provision }) => ({
        provision: (request) =>
          provision(request).catch(() => Promise.reject(new PermanentError('steady: canceled'))),
      }),
      'the aborted provision threw a PermanentError',
    ],
  ])('%s is reported', async (_, check, change, says) => {
    expect(await said(check, change)).toContain(says);
  });
});

describe('an answer that cannot be stored or shown', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const answering =
    (answer: object): Change =>
    () => ({ provision: async () => answer as never });
  const ready = (more: object) => answering({ status: 'ready', handle: null, ...more });
  const pending = (more: object) =>
    answering({ status: 'pending', message: 'soon', retryAfterMs: 100, ...more });
  const throwing =
    (thrown: unknown): Change =>
    () => ({
      async provision() {
        throw thrown; // oxlint-disable-line typescript/only-throw-error -- anything can be thrown
      },
    });

  it.each<[string, Change, string]>([
    ['a circular handle', ready({ handle: circular }), 'circular reference'],
    ['a handle of a megabyte', ready({ handle: 'x'.repeat(1e6) }), 'the handle is 1000002 bytes long'],
    [
      'a secret of a megabyte',
      ready({ secrets: { BIG: 'x'.repeat(1e6) } }),
      'the secrets are 1000003 bytes long',
    ],
    ['secrets in a list', ready({ secrets: ['x'] }), 'secrets is not a plain object'],
    ['secrets in a Map', ready({ secrets: new Map([['A', 'x']]) }), 'secrets is not a plain object'],
    ['a secret with NUL', ready({ secrets: { A: 'x\0' } }), 'NUL byte'],
    [
      'a time in seconds',
      pending({ retryAfterMs: 2 }),
      'retryAfterMs 2. Return the milliseconds (not seconds)',
    ],
    ['a time beyond the deadline', pending({ retryAfterMs: 3_600_000 }), 'a deployment waits three minutes'],
    ['a time that is not a number', pending({ retryAfterMs: Number.NaN }), 'retryAfterMs NaN'],
    ['a message of two lines', pending({ message: 'one\ntwo' }), 'a message is empty or has several lines'],
    ['a long message', pending({ message: 'x'.repeat(1_001) }), 'a message has 1001 characters'],
    ['a message that is not text', ready({ message: 5 }), 'a message is not a text but number'],
    ['another status', answering({ status: 'done' }), 'would fail the action as one of a broken plugin'],
    ['a thrown text', throwing('no route'), 'threw a value that is not an Error (string)'],
    ['an error of two lines', throwing(new Error('one\ntwo')), 'an error is empty or has several lines'],
    [
      'an error with a time',
      throwing(new Error('failed at 10:00:01')),
      'the error "failed at 10:00:01" contains a time',
    ],
    ['an error', throwing(new Error('no route')), 'the plugin threw in an ordinary situation: no route'],
  ])('%s is reported', async (_, change, says) => {
    expect(await said(LIFE, change)).toContain(says);
  });
});

describe('a secret', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  /** A plugin that is ready at once with these secrets, and leaks them in the given way. */
  const saying =
    (
      say: (given: { hex: string; secrets: Record<string, string> }) => object,
      secrets: Record<string, string> = {},
    ): Change =>
    () => ({
      async provision({ derive, log }) {
        const hex = Buffer.from(derive('password')).toString('hex');
        const all = { DB_PASSWORD: hex.slice(0, 24), ...secrets };
        const { logged, thrown, ...more } = say({ hex, secrets: all }) as { logged?: object; thrown?: Error };
        if (logged) log('made it', logged as never);
        if (thrown) throw thrown;
        return { status: 'ready', handle: { step: 1 }, secrets: all, ...more };
      },
    });
  const url = { DATABASE_URL: 'postgres://u:p%40ssword-1@db.example/x' };

  it.each<[string, Change, string]>([
    [
      'in a handle',
      saying(({ secrets }) => ({ handle: secrets })),
      'the value of DB_PASSWORD was found in a handle',
    ],
    [
      'in a message',
      saying(({ secrets }) => ({ message: `use ${secrets['DB_PASSWORD']}` })),
      'the value of DB_PASSWORD was found in a message',
    ],
    [
      'in a log',
      saying(({ secrets }) => ({ logged: { env: secrets } })),
      'the value of DB_PASSWORD was found in a log',
    ],
    [
      'in a handle, in base64',
      saying(({ secrets }) => ({ handle: base64(secrets['DB_PASSWORD'] as string) })),
      'the value of DB_PASSWORD was found in a handle',
    ],
    [
      'of a URL, decoded',
      saying(() => ({ handle: 'p@ssword-1' }), url),
      'the password in the value of DATABASE_URL was found in a handle',
    ],
    [
      'of a URL, as written',
      saying(() => ({ message: 'p%40ssword-1' }), url),
      'the password in the value of DATABASE_URL was found in a message',
    ],
    [
      'under an unusual name',
      saying(() => ({ handle: 'abcd-efgh' }), { CONNECTION: 'abcd-efgh' }),
      'the value of CONNECTION was found in a handle',
    ],
    [
      'in a connection string',
      saying(() => ({ handle: 'host=h password=x' }), { DB_URL: 'host=h password=x' }),
      'the value of DB_URL was found in a handle',
    ],
    [
      'that is derived but not returned',
      saying(({ hex }) => ({ handle: hex.slice(30, 50) })),
      'the bytes of derive("password") was found in a handle',
    ],
    [
      'that is derived, byte by byte',
      saying(({ hex }) => ({ handle: [...Buffer.from(hex, 'hex')] })),
      'the bytes of derive("password") was found in a handle',
    ],
    [
      'of the configuration',
      saying(() => ({ message: `asked with ${config.apiToken}` })),
      'the setting config.apiToken was found in a message',
    ],
    [
      'in an error',
      saying(({ hex }) => ({ thrown: new Error(`cannot use ${hex}`) })),
      'the bytes of derive("password") was found in an error',
    ],
    [
      "in an error's cause",
      saying(() => ({ thrown: new Error('refused', { cause: new Error(config.apiToken) }) })),
      'the setting config.apiToken was found in an error',
    ],
  ])('%s is reported', async (_, change, says) => {
    expect(await said(LIFE, change)).toContain(says);
  });

  const branch = {
    PGHOST: 'ep-cool-darkness-1.example',
    NEON_BRANCH_ID: 'br-cool-darkness',
    API_URL: 'https://api.example/v1',
  };
  it.each<[string, Change, string[]]>([
    [
      'a value whose name marks it as public',
      saying(({ secrets }) => ({ handle: branch, message: `at ${secrets['PGHOST']}` }), branch),
      [],
    ],
    [
      'a value that the test declares public',
      saying(() => ({ handle: 'abcd-efgh' }), { CONNECTION: 'abcd-efgh' }),
      ['CONNECTION'],
    ],
    [
      'a value that is too short to be distinguished from chance',
      saying(() => ({ handle: 'abcdefg' }), { CONNECTION: 'abcdefg' }),
      [],
    ],
    ['a short id made of derived bytes', saying(({ hex }) => ({ handle: hex.slice(0, 8) })), []],
  ])('is not %s', async (_, change, publicSecrets) => {
    expect(await said(LIFE, change, { publicSecrets, find: undefined as never })).toBeNull();
  });

  it('is not a value of the request itself', async () => {
    const named: Change = ({ provision }) => ({
      async provision(request) {
        const answer = await provision(request);
        return answer.status === 'ready'
          ? {
              ...answer,
              secrets: { SOME_KEY: request.key, REF: request.deployment.gitRef ?? '' },
              message: `made ${request.key}`,
            }
          : answer;
      },
    });
    expect(await said(LIFE, named)).toBeNull();
  });
});
