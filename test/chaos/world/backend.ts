import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * One call of `provision` as the backend sees it. The test decides whether the call takes effect and when it
 * is answered.
 */
export class ProvisionCall {
  readonly at = performance.now();
  /** When the caller closed the connection before the answer; null otherwise. */
  brokenAt: number | null = null;

  constructor(
    readonly key: string,
    /** The process of the caller. */
    readonly pid: number,
    readonly deployment: string,
    /** The plugin's setting `note`. */
    readonly note: string | null,
    private readonly make: () => void,
    private readonly response: ServerResponse,
  ) {
    response.once('close', () => {
      if (!response.writableFinished) this.brokenAt = performance.now();
    });
  }

  /** Calls `listener` when the caller closes the connection before the answer. */
  onBroken(listener: () => void): void {
    this.response.once('close', () => {
      if (this.brokenAt !== null) listener();
    });
  }

  /** Makes the thing without an answer, also when the caller is gone. */
  land(): void {
    this.make();
  }

  /** Makes the thing and answers ready if the caller still waits. */
  ready(): void {
    this.land();
    reply(this.response, { status: 'ready' });
  }

  pending(message: string, retryAfterMs: number): void {
    reply(this.response, { status: 'pending', message, retryAfterMs });
  }
}

/** The backend of the plugin `remote-thing`. A thing has only its key as identity. */
export class ChaosBackend {
  readonly things = new Set<string>();
  /** How often the thing of a key was made while none existed. */
  readonly made = new Map<string, number>();
  readonly provisions: ProvisionCall[] = [];
  readonly deprovisions: { key: string; pid: number; at: number }[] = [];
  /**
   * Receives every call of `deprovision`. The removal waits for the promise and fails when the function
   * throws. By default the removal happens at once.
   */
  onDeprovision: (key: string, pid: number) => Promise<void> | void = () => undefined;
  /** Receives every call of `provision`. By default the thing is made and the call answered at once. */
  onProvision: (call: ProvisionCall) => void = (call) => call.ready();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ChaosBackend> {
    const server = createServer();
    const backend = new ChaosBackend(server);
    server.on('request', (request, response) => void backend.serve(request, response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return backend;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  callsFor(deployment: string): ProvisionCall[] {
    return this.provisions.filter((call) => call.deployment === deployment);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private make(key: string): void {
    if (!this.things.has(key)) this.made.set(key, (this.made.get(key) ?? 0) + 1);
    this.things.add(key);
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = decodeURIComponent((request.url ?? '').replace('/things/', ''));
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { pid, deployment, note } = JSON.parse(text) as { pid: number; deployment: string; note?: string };
    if (request.method === 'DELETE') {
      try {
        await this.onDeprovision(key, pid);
      } catch {
        response.statusCode = 500; // the test asked for a failure
        return reply(response, {});
      }
      this.things.delete(key);
      this.deprovisions.push({ key, pid, at: performance.now() });
      reply(response, { status: 'gone' });
      return;
    }
    const call = new ProvisionCall(key, pid, deployment, note ?? null, () => this.make(key), response);
    this.provisions.push(call);
    this.onProvision(call);
  }
}

function reply(response: ServerResponse, answer: object): void {
  if (response.destroyed || response.headersSent) return;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(answer));
}
