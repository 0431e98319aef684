/**
 * Resolves a host once and checks each of its addresses. Probes connect to these addresses without a second
 * lookup.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { PermanentError } from '../../../provisioner.js';
import { contains, listOf, parseRange, type Ranges, reachOf } from './addresses.js';

/** Returns all addresses of a host name. Rejects with a `code`, as `dns.lookup` does. */
export type AddressLookup = (host: string) => Promise<readonly LookupAddress[]>;

export const systemLookup: AddressLookup = (host) => lookup(host, { all: true });

/** The target of a probe: a host with checked addresses. */
export interface Destination {
  /** As configured: for TLS and for messages. */
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly LookupAddress[];
}

export class HostResolver {
  readonly #names: readonly string[];
  readonly #ranges: Ranges;

  /**
   * @param allow host names, `*.suffix`, addresses and CIDRs that probes may reach although they are not
   * public
   */
  constructor(
    allow: readonly string[],
    private readonly lookup: AddressLookup,
  ) {
    const ranges = allow.map(parseRange);
    this.#ranges = listOf(ranges.filter((range) => range !== null));
    this.#names = allow.filter((_, at) => ranges[at] === null).map(plainName);
  }

  /** Throws a PermanentError when probes may not reach one of the host's addresses. */
  async resolve(host: string, port: number, signal: AbortSignal): Promise<Destination> {
    const addresses = await this.#addressesOf(host, signal);
    for (const { address } of addresses) this.#check(host, address);
    return { host, port, addresses };
  }

  async #addressesOf(host: string, signal: AbortSignal): Promise<readonly LookupAddress[]> {
    const family = isIP(host);
    if (family !== 0) return [{ address: host, family }];
    const found = await beforeAbort(this.lookup(host), signal);
    if (found.length === 0) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
    return found;
  }

  #check(host: string, address: string): void {
    const reach = reachOf(address);
    if (reach === 'public' || contains(this.#ranges, address)) return;
    if (reach === 'private' && this.#names.some((name) => covers(name, plainName(host)))) return;
    const open = reach === 'private' ? 'the host or the address' : 'the address itself';
    throw new PermanentError(
      `readiness: host "${host}" has the address ${address}, which is not public; to allow the ` +
        `probe, add ${open} to allow`,
    );
  }
}

const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

function covers(name: string, host: string): boolean {
  return name.startsWith('*.') ? host.endsWith(name.slice(1)) && host.length >= name.length : host === name;
}

/** Stops waiting on abort: a lookup itself cannot be stopped. */
async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
