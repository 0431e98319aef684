import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { connectionsDropped } from '../../metrics/definitions/http.js';
import { MOST_CONNECTIONS } from './connection-limits.js';

/** Tracks the open connections of a server and their current requests. */
export class Connections {
  /** The current request of each connection; null if there is none, or its head is incomplete. */
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

  /**
   * Closes connections that wait for their client: idle ones and incomplete requests. Responses in progress
   * continue.
   */
  closeWaiting(): void {
    for (const [socket, request] of this.open) if (request?.complete !== true) socket.destroy();
  }
}
