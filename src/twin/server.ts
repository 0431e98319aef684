import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refusal, type TwinAnswer } from './api/answer.js';

/** A larger request body is discarded, and the answer is 413. */
const LIMIT_BYTES = 8 * 1024 * 1024;
const KEEP_ALIVE_MS = 65_000;
const NOTHING = Buffer.alloc(0);

export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: string,
  body: Buffer,
) => void;

/**
 * An HTTP server with keep-alive that calls `handle` with the complete body. Answers 500 with the error that
 * `handle` throws.
 */
export function serve(handle: RequestHandler): Server {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? '' : url.slice(mark + 1);
    readBody(request, response, (body) => {
      try {
        handle(request, response, path, query, body);
      } catch (error) {
        const message = `twin: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
        reply(response, refusal(500, 'internal_server_error', message));
      }
    });
  });
  return server;
}

/** Resolves with the address once the server listens. Rejects when the port is in use. */
export function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error(`twin: cannot listen on ${host}:${port}: ${cause.message}`, { cause })),
    );
    server.listen(port, host, () => {
      const { port: bound } = server.address() as AddressInfo;
      const name = host.includes(':') ? `[${host}]` : host;
      resolve(`http://${name}:${bound}`);
    });
  });
}

/** Closes all connections and resolves when the server is closed. */
export function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export function reply(response: ServerResponse, { status, body, headers }: TwinAnswer): void {
  if (body === null) {
    response.writeHead(status, { ...headers, 'content-length': 0 });
    response.end();
    return;
  }
  const length = Buffer.byteLength(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': length,
  });
  response.end(body);
}

function readBody(request: IncomingMessage, response: ServerResponse, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= LIMIT_BYTES) chunks.push(chunk);
  });
  request.on('end', () => {
    if (bytes > LIMIT_BYTES)
      reply(response, refusal(413, 'bad_request', `the body is over ${LIMIT_BYTES} bytes`));
    else
      done(
        chunks.length === 1 ? (chunks[0] ?? NOTHING) : chunks.length === 0 ? NOTHING : Buffer.concat(chunks),
      );
  });
}
