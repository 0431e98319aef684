import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** One connection through the proxy. */
interface Line {
  /** The client's `application_name`. */
  name: string;
  client: Socket;
  held: Buffer[] | null;
  unheard: Buffer[];
}

/**
 * A proxy between a process and PostgreSQL. A test can hold the server's answers from a chosen message on,
 * which extends the instant after a commit, or drop all answers to one kind of connection, as a half-open
 * socket does.
 */
export class Wire {
  private readonly lines = new Set<Line>();
  private readonly muted = new Set<string>();
  private trap: { text: string; sprung: () => void } | null = null;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async to(databaseUrl: string): Promise<Wire> {
    const server = createServer();
    const wire = new Wire(server, new URL(databaseUrl));
    server.on('connection', (client) => wire.join(client));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return wire;
  }

  /** The database's URL through this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /**
   * Holds all answers on the connection that sends the next message with `text`, until `release`. Resolves
   * when that message was passed on.
   */
  holdAnswersTo(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.trap = { text, sprung: resolve };
    return promise;
  }

  /** Delivers the held answers. */
  release(): void {
    for (const line of this.lines) {
      for (const chunk of line.held ?? []) line.client.write(chunk);
      line.held = null;
    }
  }

  /** Stops delivery to connections with these `application_name`s. The connections stay open. */
  mute(...names: string[]): void {
    names.forEach((name) => this.muted.add(name));
  }

  /** Resumes delivery, with the answers that were kept. */
  unmute(): void {
    this.muted.clear();
    for (const { client, unheard } of this.lines) unheard.splice(0).forEach((chunk) => client.write(chunk));
  }

  async close(): Promise<void> {
    for (const { client } of this.lines) client.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    const line: Line = { name: '', client, held: null, unheard: [] };
    this.lines.add(line);
    client.on('data', (chunk) => {
      this.watch(line, chunk);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (this.muted.has(line.name)) line.unheard.push(chunk);
      else if (line.held) line.held.push(chunk);
      else client.write(chunk);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => undefined); // 'close' follows, and closes the other side
      one.once('close', () => {
        other.destroy();
        this.lines.delete(line);
      });
    }
  }

  private watch(line: Line, chunk: Buffer): void {
    const text = chunk.toString('latin1');
    line.name ||= /application_name\0([^\0]*)/.exec(text)?.[1] ?? '';
    if (!this.trap || !text.includes(this.trap.text)) return;
    line.held = [];
    this.trap.sprung();
    this.trap = null;
  }
}
