import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { problemsWithRequest, type ReceivedRequest } from './http-protocol.js';

/** The server's reaction to one request. */
export type Script = (response: ServerResponse, received: ReceivedRequest, request: IncomingMessage) => void;

/** A server that runs scripted reactions, and validates every request by the protocol's document. */
export interface ScriptedServer {
  readonly url: string;
  readonly host: string;
  readonly received: ReceivedRequest[];
  /** The errors of the received requests by the document. */
  readonly problems: string[];
  /** The number of connections so far, and the open ones. */
  readonly connections: { opened: number; open: Set<Socket> };
  script: Script;
  close(): Promise<void>;
}

export const PREFIX = '/drawbridge';

/** Answers with JSON, also with invalid content. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Script {
  return text(JSON.stringify(body), status, { 'content-type': 'application/json', ...headers });
}

export function text(body: string | Buffer, status = 200, headers: Record<string, string> = {}): Script {
  return (response) => void response.writeHead(status, headers).end(body);
}

export async function startScripted(): Promise<ScriptedServer> {
  const server = createServer((request, response) => void answer(scripted, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scripted: ScriptedServer = {
    url: `http://${host}${PREFIX}`,
    host,
    received: [],
    problems: [],
    connections: { opened: 0, open: new Set() },
    script: json({}),
    close: () => close(server),
  };
  count(server, scripted.connections);
  return scripted;
}

async function answer(
  scripted: ScriptedServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const received: ReceivedRequest = {
    method: request.method ?? '',
    path: (request.url ?? '').replace(PREFIX, ''),
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
  scripted.received.push(received);
  try {
    scripted.problems.push(...problemsWithRequest(received));
    scripted.script(response, received, request);
  } catch (error) {
    scripted.problems.push(String(error));
    response.destroy();
  }
}

function count(server: Server, connections: ScriptedServer['connections']): void {
  server.on('connection', (socket: Socket) => {
    connections.opened++;
    connections.open.add(socket);
    socket.on('close', () => connections.open.delete(socket));
  });
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
