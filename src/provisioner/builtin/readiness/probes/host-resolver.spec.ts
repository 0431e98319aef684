import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../../provisioner.js';
import { HostResolver } from './host-resolver.js';

const never = new AbortController().signal;
const lookupOf = (...addresses: string[]) => {
  const lookups: string[] = [];
  const lookup = async (host: string) => {
    lookups.push(host);
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return { lookups, lookup };
};

async function refusalOf(resolver: HostResolver, host: string): Promise<string | null> {
  const error: unknown = await resolver.resolve(host, 80, never).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error === null || PermanentError.is(error)).toBe(true);
  return error === null ? null : (error as Error).message;
}

describe('HostResolver', () => {
  it('returns the addresses of a public host after one lookup', async () => {
    const { lookups, lookup } = lookupOf('8.8.8.8', '2606:4700::1');
    const { addresses } = await new HostResolver([], lookup).resolve('example.com', 80, never);
    expect(addresses.map(({ address }) => address)).toEqual(['8.8.8.8', '2606:4700::1']);
    expect(lookups).toEqual(['example.com']);
  });

  it('rejects a private host with its name, address and the setting that allows it', async () => {
    const { lookup } = lookupOf('10.0.0.1');
    expect(await refusalOf(new HostResolver([], lookup), 'db.example.com')).toBe(
      'readiness: host "db.example.com" has the address 10.0.0.1, which is not public; to allow ' +
        'the probe, add the host or the address to allow',
    );
  });

  it('rejects a host with one private address among public ones', async () => {
    const { lookup } = lookupOf('8.8.8.8', '::1');
    expect(await refusalOf(new HostResolver([], lookup), 'example.com')).toMatch(/the address ::1/);
  });

  it.each(['127.0.0.1', '169.254.169.254', '::ffff:10.0.0.1', '::1', 'fe80::1%eth0', 'nonsense'])(
    'rejects a name that resolves to %s',
    async (address) => {
      const { lookup } = lookupOf(address);
      expect(await refusalOf(new HostResolver([], lookup), 'private.example.com')).toContain(
        `the address ${address}`,
      );
    },
  );

  it('makes no lookup for an address', async () => {
    const { lookups, lookup } = lookupOf('8.8.8.8');
    expect(await refusalOf(new HostResolver([], lookup), '127.0.0.1')).toMatch(/the address 127\.0\.0\.1/);
    expect(await refusalOf(new HostResolver([], lookup), '::ffff:7f00:1')).toMatch(/not public/);
    expect(lookups).toEqual([]);
  });

  it.each([
    ['db.internal', 'db.internal', true],
    ['DB.Internal.', 'db.internal', true],
    ['db.internal', 'DB.INTERNAL.', true],
    ['db.internal', 'x.db.internal', false],
    ['*.internal', 'db.internal', true],
    ['*.internal', 'a.b.internal', true],
    ['*.internal', 'internal', false],
    ['*.internal', '.internal', false],
    ['*.internal', 'eviinternal', false],
    ['10.0.0.0/8', 'anything', true],
    ['10.0.0.1', 'anything', true],
    ['10.0.0.2', 'anything', false],
    ['fd00::/8', 'anything', false],
  ])('with allow %s permits %s with a private address: %s', async (allow, host, permitted) => {
    const { lookup } = lookupOf('10.0.0.1');
    expect((await refusalOf(new HostResolver([allow], lookup), host)) === null).toBe(permitted);
  });

  it('permits metadata and link-local addresses only by address', async () => {
    const { lookup } = lookupOf('169.254.169.254');
    expect(await refusalOf(new HostResolver(['meta.internal'], lookup), 'meta.internal')).toMatch(
      /add the address itself to allow/,
    );
    expect(await refusalOf(new HostResolver(['169.254.169.254/32'], lookup), 'meta.internal')).toBeNull();
  });

  it('reports a host without addresses with the code of the system', async () => {
    await expect(new HostResolver([], lookupOf().lookup).resolve('none', 80, never)).rejects.toMatchObject({
      code: 'ENOTFOUND',
    });
  });

  it('does not wait for a lookup after the abort', async () => {
    const abort = new AbortController();
    const waiting = new HostResolver([], () => new Promise(() => undefined)).resolve(
      'slow',
      80,
      abort.signal,
    );
    abort.abort(new Error('canceled'));
    await expect(waiting).rejects.toThrow('canceled');
  });
});
