import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { createClient } from '@redis/client';
import plugin from 'provisioner-redis-prefix';
import { startServer } from './server.js';

const server = await startServer();
after(() => server.stop());

const prefix = `test-${randomBytes(3).toString('hex')}-`;
const one = plugin.create({ url: server.url, prefix });

/** @param {string} key @param {any} [handle] */
const requestFor = (key, handle = null) => ({
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
  /** @param {string} label */
  derive: (label) => Buffer.from(`${key} ${label}`.padEnd(32).slice(0, 32)),
  signal: AbortSignal.timeout(30_000),
  log: () => undefined,
});

/** @param {string} key */
async function connectAs(key) {
  const made = await one.provision(requestFor(key));
  assert.equal(made.status, 'ready');
  const { REDIS_URL: url = '', REDIS_PREFIX: own = '' } = made.secrets ?? {};
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  return { client, own };
}

/** @param {string} key */
async function takeAway(key) {
  let answer = await one.deprovision(requestFor(key));
  let calls = 1;
  for (; answer.status === 'pending'; calls++) answer = await one.deprovision(requestFor(key, answer.handle));
  return calls;
}

describe('a user', () => {
  it('reads and writes under its prefix, also in scripts and transactions', async () => {
    const { client, own } = await connectAs('writes');
    await client.set(`${own}a`, '1');
    assert.deepEqual(await client.multi().incr(`${own}a`).get(`${own}a`).exec(), [2, '2']);
    assert.equal(await client.eval('return redis.call("get", KEYS[1])', { keys: [`${own}a`] }), '2');
    client.destroy();
    await takeAway('writes');
  });

  it('cannot read, write, list or subscribe to anything else', async () => {
    const { client, own } = await connectAs('nosy');
    const other = await connectAs('nosy-too');
    await other.client.set(`${other.own}secret`, 'x');
    for (const words of [
      ['GET', `${other.own}secret`],
      ['SET', `${prefix}nosy`, 'x'],
      ['EVAL', `return redis.call("get", "${other.own}secret")`, '0'],
      ['SUBSCRIBE', `${other.own}channel`],
      ['SCAN', '0'],
      ['KEYS', '*'],
      ['RANDOMKEY'],
      ['DBSIZE'],
      ['CLIENT', 'LIST'],
      ['CLIENT', 'TRACKING', 'ON', 'BCAST'],
      ['PUBSUB', 'CHANNELS'],
      ['SELECT', '1'],
      ['COPY', `${own}a`, `${own}b`, 'DB', '1'],
      ['FUNCTION', 'FLUSH'],
      ['FLUSHALL'],
      ['ACL', 'LIST'],
      ['CONFIG', 'GET', '*'],
      ['MONITOR'],
    ]) {
      await assert.rejects(client.sendCommand(words), /NOPERM|can't access/, words.join(' '));
    }
    for (const { client: open } of [{ client }, other]) open.destroy();
    for (const key of ['nosy', 'nosy-too']) await takeAway(key);
  });

  it('keeps its connections when it is provisioned again', async () => {
    const { client, own } = await connectAs('again');
    await one.provision(requestFor('again'));
    assert.equal(await client.set(`${own}a`, '1'), 'OK');
    client.destroy();
    await takeAway('again');
  });

  it('loses its connections, and its keys in steps, when it is removed', async () => {
    const { client, own } = await connectAs('many');
    const foreign = `${prefix}kept`;
    await server.command(
      'EVAL',
      'for i = 1, ARGV[2] do redis.call("set", ARGV[1] .. i, i) end',
      '0',
      own,
      '150000',
    );
    await server.command('SET', foreign, 'x');
    const ended = assert.rejects(client.sendCommand(['BLPOP', `${own}queue`, '0']));
    assert.ok((await takeAway('many')) > 1, 'more keys than one call removes were removed in one call');
    await ended;
    assert.deepEqual(await server.command('KEYS', `${own}*`), []);
    assert.equal(await server.command('ACL', 'GETUSER', `${prefix}many`), null);
    assert.equal(await server.command('DEL', foreign), 1);
  });

  it('exists after the server has read its aclfile again', async (context) => {
    const [, aclfile] = await server.command('CONFIG', 'GET', 'aclfile');
    if (!aclfile) return context.skip('the server of REDIS_URL has no aclfile');
    const { client } = await connectAs('saved');
    client.destroy();
    await server.command('ACL', 'LOAD');
    assert.deepEqual(await one.list?.(AbortSignal.timeout(5_000)), ['saved']);
    await takeAway('saved');
    await server.command('ACL', 'LOAD');
    assert.equal(await server.command('ACL', 'GETUSER', `${prefix}saved`), null);
  });

  it('is listed until it is removed', async () => {
    const { client } = await connectAs('listed');
    client.destroy();
    assert.deepEqual(await one.list?.(AbortSignal.timeout(5_000)), ['listed']);
    await takeAway('listed');
    assert.deepEqual(await one.list?.(AbortSignal.timeout(5_000)), []);
  });
});

describe('a user of the same name that the provisioner did not make', () => {
  it('is neither used, listed nor deleted', async () => {
    const name = `${prefix}theirs`;
    await server.command('ACL', 'SETUSER', name, 'on', '~*');
    await assert.rejects(one.provision(requestFor('theirs')), {
      name: 'PermanentError',
      message: `redis-prefix: user "${name}" was not made here; it is left alone`,
    });
    assert.deepEqual(await one.deprovision(requestFor('theirs')), { status: 'gone' });
    assert.deepEqual(await one.list?.(AbortSignal.timeout(5_000)), []);
    assert.equal(await server.command('ACL', 'DELUSER', name), 1);
  });
});

describe('a pass over the keys', () => {
  it('starts again after the server was restarted', async () => {
    const { client, own } = await connectAs('restarted');
    await client.set(`${own}a`, '1');
    client.destroy();
    const noise = `${prefix}noise:`;
    const fill = 'for i = 1, ARGV[2] do redis.call("set", ARGV[1] .. i, i) end';
    await server.command('EVAL', fill, '0', noise, '5000');
    // The position of a pass that has just visited the key.
    let [cursor, keys] = await server.command('SCAN', '0');
    while (!keys.includes(`${own}a`)) [cursor, keys] = await server.command('SCAN', cursor);
    const stale = { cursor, server: 'another' };
    assert.deepEqual(await one.deprovision(requestFor('restarted', stale)), { status: 'gone' });
    assert.deepEqual(await server.command('KEYS', `${own}*`), []);
    await server.command(
      'EVAL',
      fill.replace('"set", ARGV[1] .. i, i', '"unlink", ARGV[1] .. i'),
      '0',
      noise,
      '5000',
    );
  });
});

describe('a server', () => {
  it('that does not run causes an error to retry', async () => {
    const nowhere = plugin.create({ url: 'redis://127.0.0.1:1', prefix });
    for (const call of [nowhere.provision(requestFor('k')), nowhere.check?.(AbortSignal.timeout(5_000))])
      await assert.rejects(async () => call, /redis-prefix: the server cannot be reached \(ECONNREFUSED\)/);
  });

  it('that refuses the password causes an error without the password', async () => {
    const url = server.url.replace(/\/\/(.*@)?/, '//nobody:wrong-secret@');
    const refused = plugin.create({ url, prefix }).provision(requestFor('k'));
    await assert.rejects(refused, (/** @type {Error} */ error) => {
      assert.match(error.message, /refuses the user or password/);
      return !error.message.includes('wrong-secret');
    });
  });
});

describe('the secrets', () => {
  it('contain the public address', async () => {
    const stated = plugin.create({ url: server.url, prefix, public: 'redis.example.com:6380' });
    const made = await stated.provision(requestFor('stated'));
    assert.equal(made.status, 'ready');
    assert.match(made.secrets?.['REDIS_URL'] ?? '', /@redis\.example\.com:6380$/);
    await takeAway('stated');
  });
});
