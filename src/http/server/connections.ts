import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { connectionsDropped } from '../../metrics/definitions/http.js';
import { MOST_CONNECTIONS } from './connection-limits.js';

/** The connections of a server, and the requests that they carry. */
export class Connections {
  /** The request under way on each; null: none, or one whose head has not come whole. */
  private readonly open = new Map<Socket, IncomingMessage | null>();

  constructor(server: Server) {
    server.maxConnections = MOST_CONNECTIONS;
    server.on('drop', () => connectionsDropped.inc({}));
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, null);
      socket.once('close', () => this.open.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.open.set(request.socket, request);
      response.once('close', () => {
        if (this.open.get(request.socket) === request) this.open.set(request.socket, null);
      });
    });
  }

  /** Ends those that wait for their client: for a request, for the rest of one. Answers under way are left to end. */
  closeWaiting(): void {
    for (const [socket, request] of this.open) if (request?.complete !== true) socket.destroy();
  }
}
