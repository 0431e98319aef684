/** Servers for readiness probes. Each counts its connections, and closes the open ones with itself. */
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, createServer as createTcp, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificate } from '../../support/servers/certificate.js';

export interface Listening {
  readonly port: number;
  /** The number of connections so far. */
  readonly connections: number;
  /** The number of open connections. */
  readonly open: number;
  close(): Promise<void>;
}

export interface HttpListening extends Listening {
  readonly requests: readonly IncomingMessage[];
}

const started: Listening[] = [];

export async function closeAll(): Promise<void> {
  await Promise.all(started.splice(0).map((server) => server.close()));
}

export async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const listening: Listening = {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  started.push(listening);
  return listening;
}

export async function web(answer: RequestListener, certificate?: Certificate): Promise<HttpListening> {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    answer(request, response);
  };
  const server = certificate === undefined ? createHttp(listener) : createHttps(certificate, listener);
  server.on('tlsClientError', () => undefined);
  const listening = await listen(server);
  return Object.create(listening, { requests: { value: requests } }) as HttpListening;
}

/**
 * A TCP server that by default sends nothing. A server that does not read gets no notice of a closed
 * connection.
 */
export const tcp = (
  answer: (socket: Socket) => void = (socket) => void socket.resume(),
): Promise<Listening> => listen(createTcp(answer));

/** A port without a listener. */
export async function closedPort(): Promise<number> {
  const server = await tcp();
  await server.close();
  return server.port;
}

/**
 * A PostgreSQL with TLS: accepts the request to encrypt as the protocol defines, and forwards the decrypted
 * bytes to the real server.
 */
export function postgresWithTls(url: string, certificate: Certificate): Promise<Listening> {
  const { hostname, port } = new URL(url);
  return tcp((socket) =>
    socket.once('data', () => {
      socket.write('S');
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext: createSecureContext(certificate),
      });
      const behind = connect(Number(port), hostname);
      for (const one of [secure, behind]) {
        one.on('error', () => undefined);
        one.on('close', () => [secure, behind].forEach((other) => other.destroy()));
      }
      secure.pipe(behind).pipe(secure);
    }),
  );
}
