/** Connections to checked addresses, over TCP and TLS. Whoever opens one destroys it. */
import { once } from 'node:events';
import { isIP, Socket } from 'node:net';
import { connect as startTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Destination } from './host-resolver.js';

/** The code of the error that ends a connection on which too much has come in. */
export const TOO_MUCH_DATA = 'TOO_MUCH';

export interface TlsSettings {
  /** PEM; in place of the authorities that Node knows. */
  readonly ca?: string | undefined;
  /** The name to ask for and to expect in the certificate; unset: the host. */
  readonly servername?: string | undefined;
}

/** Connects to the addresses of its destination and nowhere else: no argument of `connect` and no second lookup changes that. */
export class CheckedSocket extends Socket {
  constructor(private readonly to: Destination) {
    super();
    // Whoever waits on this socket hears of its error; between two waits nobody does.
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

/** A connected socket. On abort, and when it cannot be had, nothing is left open. */
export async function openTcp(to: Destination, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = new CheckedSocket(to);
  return untilOpen(socket, once(socket.connect(), 'connect', { signal }));
}

/** A connected socket behind a certificate that was checked. */
export async function openTls(to: Destination, tls: TlsSettings, signal: AbortSignal): Promise<TLSSocket> {
  const socket = await openTcp(to, signal);
  const secure = startTls({ socket, ...tlsOptions(to, tls) });
  secure.on('error', () => undefined);
  return untilOpen(secure, once(secure, 'secureConnect', { signal }));
}

/** An address is no name: it goes into no SNI, and the certificate has to hold it as an address. */
export function tlsOptions({ host }: Destination, { ca, servername }: TlsSettings): ConnectionOptions {
  const name = servername ?? (isIP(host) === 0 ? host.replace(/\.$/, '') : undefined);
  return { host, ...(name === undefined ? {} : { servername: name }), ...(ca === undefined ? {} : { ca }) };
}

/** Behind TLS no event tells what comes in, so it is looked at now and then. */
const LOOK_MS = 20;

/** Destroys the socket soon after more than `most` bytes have come in. */
export function limitBytes(socket: Socket, most: number): void {
  const look = setInterval(() => {
    if (socket.bytesRead > most)
      socket.destroy(Object.assign(new Error('too much'), { code: TOO_MUCH_DATA }));
  }, LOOK_MS);
  socket.once('close', () => clearInterval(look));
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
