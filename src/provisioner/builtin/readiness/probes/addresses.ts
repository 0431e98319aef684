/** Which addresses a probe may reach. An address that is not on the public internet must be allowed. */
import { BlockList, isIP } from 'node:net';

type Range = readonly [network: string, bits: number];

/** Shared, special and unrouted ranges of IANA's registries for special-purpose addresses. */
const PRIVATE: readonly Range[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carriers
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['::', 96],
  ['::ffff:0:0', 96], // IPv4 written as IPv6
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fec0::', 10],
];

/**
 * Metadata services, which give out credentials, ranges that map to any IPv4 address, and ranges that are
 * not single hosts. Only an address in `allow` permits these, never the name of a host.
 */
const CRITICAL: readonly Range[] = [
  ['0.0.0.0', 8],
  ['100.100.100.200', 32], // Alibaba Cloud
  ['168.63.129.16', 32], // Azure
  ['169.254.0.0', 16],
  ['192.0.0.192', 32], // Oracle Cloud
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fd00:ec2::', 32], // AWS
  ['fd20:ce::', 32], // Google Cloud
  ['fe80::', 10],
  ['ff00::', 8],
];

const privateRanges = listOf(PRIVATE);
const criticalRanges = listOf(CRITICAL);

export type Reach = 'public' | 'private' | 'critical';

/** Returns the kind of an address; `critical` for a text that is not an address. */
export function reachOf(address: string): Reach {
  if (isIP(address) === 0 || contains(criticalRanges, address)) return 'critical';
  return contains(privateRanges, address) ? 'private' : 'public';
}

/** Parses `10.0.0.0/8`, `fd00::/8` and single addresses; null for any other text. */
export function parseRange(text: string): Range | null {
  const [network = '', bits, ...rest] = text.split('/');
  const family = isIP(network);
  const most = family === 4 ? 32 : 128;
  if (family === 0 || rest.length > 0 || network.includes('%')) return null;
  if (bits === undefined) return [network, most];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= most ? [network, Number(bits)] : null;
}

/** One list per family: in a common list, `::ffff:0:0/96` would contain every IPv4 address. */
export interface Ranges {
  readonly ipv4: BlockList;
  readonly ipv6: BlockList;
}

export function listOf(ranges: readonly Range[]): Ranges {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const [network, bits] of ranges) lists[familyOf(network)].addSubnet(network, bits, familyOf(network));
  return lists;
}

/**
 * Returns true when the ranges contain the address. Checks IPv4 in IPv6 form (`::ffff:10.0.0.1`) in both
 * families.
 */
export function contains({ ipv4, ipv6 }: Ranges, address: string): boolean {
  const [plain = ''] = address.split('%'); // fe80::1%eth0
  const family = familyOf(plain);
  return ipv4.check(plain, family) || (family === 'ipv6' && ipv6.check(plain, family));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
