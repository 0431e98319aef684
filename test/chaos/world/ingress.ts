/**
 * The load balancer of a web Deployment's pods: sends each request to a ready pod, over connections that it
 * keeps.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

const PROBE_MS = 100;

/** The answer to a probe of `/readyz`; null: the connection was refused. */
export type ProbeStatus = 200 | 503 | null;

/** One pod as the endpoints controller sees it. */
class Pod {
  readonly pool: Pool;
  /** Each change of the probes' answers, in order. */
  readonly seen: ProbeStatus[] = [];
  sent = 0;

  constructor(readonly url: string) {
    this.pool = new Pool(url, { connections: 8, pipelining: 1, keepAliveTimeout: 60_000 });
  }

  get ready(): boolean {
    return this.seen.at(-1) === 200;
  }

  /** Opens a connection for each probe, as the kubelet does. */
  async probe(): Promise<void> {
    const found = await fetch(`${this.url}/readyz`, { headers: { connection: 'close' } }).then(
      ({ status }) => status as ProbeStatus,
      () => null,
    );
    if (found !== this.seen.at(-1)) this.seen.push(found);
  }
}

export class Ingress {
  /** Requests that got no answer or an error, each with its pod. */
  readonly failures: string[] = [];
  private readonly ended = new AbortController();
  private next = 0;

  private constructor(
    readonly pods: readonly Pod[],
    private readonly server: Server,
  ) {}

  static async before(...urls: string[]): Promise<Ingress> {
    const server = createServer();
    const ingress = new Ingress(
      urls.map((url) => new Pod(url)),
      server,
    );
    server.on('request', (request, response) => void ingress.pass(request, response));
    await Promise.all(ingress.pods.map((pod) => pod.probe()));
    void ingress.watch();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return ingress;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.ended.abort();
    this.server.closeAllConnections();
    this.server.close();
    await Promise.all(this.pods.map(({ pool }) => pool.destroy()));
  }

  private async watch(): Promise<void> {
    while (!this.ended.signal.aborted) {
      await Promise.all(this.pods.map((pod) => pod.probe()));
      await sleep(PROBE_MS);
    }
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ready = this.pods.filter((pod) => pod.ready);
    const pod = ready[this.next++ % ready.length];
    try {
      if (pod === undefined) throw new Error('no pod is ready');
      pod.sent++;
      const body = await buffer(request);
      const { host: _, connection: __, ...headers } = request.headers;
      const path = request.url ?? '/';
      const answer = await pod.pool.request({
        path,
        method: 'POST',
        headers: headers as Record<string, string>,
        body,
      });
      if (answer.statusCode >= 300) this.failures.push(`${pod.url} answered ${answer.statusCode}`);
      response.writeHead(answer.statusCode, { 'content-type': 'application/json' });
      response.end(await answer.body.text());
    } catch (error) {
      this.failures.push(`${pod?.url ?? 'ingress'}: ${String(error)}`);
      response.writeHead(502).end();
    }
  }
}
