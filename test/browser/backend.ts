import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A key of 32 bytes, which the provisioner `http` requires. */
export const BACKEND_SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

/** A company's own HTTP provisioner, with the things that it made and with faults. */
export interface BrowserBackend {
  readonly url: string;
  /** The keys of the existing things. */
  readonly things: ReadonlySet<string>;
  /** The message of an answer 500 to every call; null without a fault. */
  broken: string | null;
  /** Git refs whose provision fails for good, each with the reason. */
  readonly hopeless: Map<string, string>;
  /**
   * The messages of `provision` before it is ready, by git ref. The last message is repeated when it ends
   * with `…`.
   */
  readonly slow: Map<string, string[]>;
  close(): Promise<void>;
}

interface Request {
  key: string;
  handle: { step: number } | null;
  derived?: Record<string, string>;
  deployment?: { gitRef: string | null };
}

type Answer = [status: number, body: object];

export async function startBackend(): Promise<BrowserBackend> {
  const things = new Set<string>();
  const verifier = new Webhook(BACKEND_SECRET);
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const backend: BrowserBackend = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    things,
    broken: null,
    hopeless: new Map(),
    slow: new Map(),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [status, body] = answer(request, Buffer.concat(chunks).toString('utf8'));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  function answer({ url = '', headers }: IncomingMessage, body: string): Answer {
    try {
      verifier.verify(body, headers as Record<string, string>);
    } catch {
      return [401, { message: 'the signature is wrong' }];
    }
    if (backend.broken !== null) return [500, { message: backend.broken }];
    const asked = JSON.parse(body) as Request;
    if (url === '/provision') return provision(asked);
    things.delete(asked.key);
    return [200, { status: 'gone' }];
  }

  function provision({ key, handle, derived = {}, deployment }: Request): Answer {
    const gitRef = deployment?.gitRef ?? '';
    const never = backend.hopeless.get(gitRef);
    if (never !== undefined) return [200, { status: 'failed', message: never }];
    const said = backend.slow.get(gitRef) ?? [];
    const step = handle?.step ?? 0;
    const last = said.at(-1);
    const message = said[step] ?? (last?.endsWith('…') ? last : undefined);
    if (message !== undefined)
      return [200, { status: 'pending', message, retryAfterMs: 400, handle: { step: step + 1 } }];
    things.add(key);
    return [
      200,
      { status: 'ready', handle: { step }, secrets: { DATABASE_PASSWORD: derived['password'] ?? '' } },
    ];
  }
  return backend;
}
