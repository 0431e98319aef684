import { describe, expect, it } from 'vitest';
import { contains, listOf, parseRange, reachOf } from './addresses.js';

describe('an address', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450::1'])(
    '%s is public',
    (address) => expect(reachOf(address)).toBe('public'),
  );

  it.each([
    '10.0.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.100.100.201',
    '192.0.0.8',
    '198.18.0.1',
    '203.0.113.7',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '::7f00:1',
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
    '2001:db8::1',
    '2001::1',
  ])('%s is private', (address) => expect(reachOf(address)).toBe('private'));

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::',
    'fd00:ec2::254',
    'fd20:ce::254',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'ff02::1',
    'no address',
    '',
    '127.1',
  ])('"%s" is critical', (address) => expect(reachOf(address)).toBe('critical'));
});

describe('a range', () => {
  it.each([
    ['10.0.0.0/8', ['10.0.0.0', 8]],
    ['10.0.0.1', ['10.0.0.1', 32]],
    ['fd00::/8', ['fd00::', 8]],
    ['::1', ['::1', 128]],
    ['0.0.0.0/0', ['0.0.0.0', 0]],
  ])('%s is read', (text, range) => expect(parseRange(text)).toEqual(range));

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0/8',
    '10.0.0.0/8/8',
    'fd00::/129',
    'fe80::1%eth0',
    'localhost',
    '',
  ])('"%s" is rejected', (text) => expect(parseRange(text)).toBeNull());

  it('contains the addresses of its family, and IPv4 addresses written as IPv6', () => {
    const list = listOf([
      ['10.0.0.0', 8],
      ['fd00::', 8],
    ]);
    const addresses = [
      '10.1.2.3',
      '::ffff:10.1.2.3',
      'fd12::1',
      'fd12::1%lo',
      '11.0.0.1',
      '::ffff:11.0.0.1',
      'fe80::1',
    ];
    expect(addresses.map((address) => contains(list, address))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(contains(listOf([['::', 0]]), '10.0.0.1')).toBe(false);
  });
});
