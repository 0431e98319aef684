/** Connections to checked addresses, over TCP and TLS. The caller destroys them. */
import { once } from 'node:events';
import { isIP, Socket } from 'node:net';
import { connect as startTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Destination } from './host-resolver.js';

/** The error code of a connection that received too much data. */
export const TOO_MUCH_DATA = 'TOO_MUCH';

export interface TlsSettings {
  /** PEM; replaces the authorities that Node knows. */
  readonly ca?: string | undefined;
  /** The name to request and to expect in the certificate. Default: the host. */
  readonly servername?: string | undefined;
}

/**
 * Connects only to the addresses of its destination: no argument of `connect` and no second lookup changes
 * that.
 */
export class CheckedSocket extends Socket {
  constructor(private readonly to: Destination) {
    super();
    // A pending wait gets the error. Without one the error must not count as unhandled.
    this.on('error', () => undefined);
  }

  override connect(): this {
    const { host, port, addresses } = this.to;
    return super.connect({
      host,
      port,
      autoSelectFamily: true,
      lookup: (_host, _options, found) => found(null, [...addresses]),
    });
  }
}

/** Returns a connected socket. Leaves nothing open on abort or failure. */
export async function openTcp(to: Destination, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = new CheckedSocket(to);
  return untilOpen(socket, once(socket.connect(), 'connect', { signal }));
}

/** Returns a connected TLS socket with a checked certificate. */
export async function openTls(to: Destination, tls: TlsSettings, signal: AbortSignal): Promise<TLSSocket> {
  const socket = await openTcp(to, signal);
  const secure = startTls({ socket, ...tlsOptions(to, tls) });
  secure.on('error', () => undefined);
  return untilOpen(secure, once(secure, 'secureConnect', { signal }));
}

/**
 * TLS options for a destination. An address is not sent as SNI, and the certificate must contain it as an
 * address.
 */
export function tlsOptions({ host }: Destination, { ca, servername }: TlsSettings): ConnectionOptions {
  const name = servername ?? (isIP(host) === 0 ? host.replace(/\.$/, '') : undefined);
  return { host, ...(name === undefined ? {} : { servername: name }), ...(ca === undefined ? {} : { ca }) };
}

/** How often the received bytes are checked: a TLS socket has no event for raw data. */
const CHECK_MS = 20;

/** Destroys the socket soon after more than `most` bytes have come in. */
export function limitBytes(socket: Socket, most: number): void {
  const timer = setInterval(() => {
    if (socket.bytesRead > most)
      socket.destroy(Object.assign(new Error('too much'), { code: TOO_MUCH_DATA }));
  }, CHECK_MS);
  socket.once('close', () => clearInterval(timer));
}

async function untilOpen<Opening extends Socket>(socket: Opening, open: Promise<unknown>): Promise<Opening> {
  try {
    await open;
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
