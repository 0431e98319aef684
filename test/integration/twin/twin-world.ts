import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { startTwin, type DeploymentInput, type Twin, type TwinOptions } from '../../../src/twin/twin.js';

export const SECRET = 'test-secret';
export const TOKENS = { icfg_1: 'token-1', icfg_2: 'token-2' };

export interface Hook {
  body: string;
  event: { id: string; type: string; createdAt: number; region: string; payload: Record<string, unknown> };
  signature: string | undefined;
  at: number;
}

/**
 * The webhook endpoint of a provider. `answer` returns the status of the n-th request; null: no response.
 */
export class Provider {
  readonly hooks: Hook[] = [];
  answer: (n: number, hook: Hook) => number | null = () => 202;
  private readonly server: Server = createServer((request, response) => {
    void read(request).then((body) => {
      const signature = request.headers['x-vercel-signature'] as string | undefined;
      const hook = { body, event: JSON.parse(body) as Hook['event'], signature, at: Date.now() };
      this.hooks.push(hook);
      const status = this.answer(this.hooks.length, hook);
      if (status !== null) response.writeHead(status).end();
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/webhooks/vercel`;
  }

  types(): string[] {
    return this.hooks.map(({ event }) => event.type.split('.').at(-1) ?? '');
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

export interface TwinWorld {
  twin: Twin;
  provider: Provider;
  /** The provider's address, even when the twin has no webhook URL. */
  webhookUrl: string;
}

/** Starts a twin and a provider for one test, and stops both when the test ends. */
export async function world(options: Partial<TwinOptions> = {}): Promise<TwinWorld> {
  const provider = new Provider();
  const webhookUrl = await provider.start();
  onTestFinished(() => provider.stop());
  const twin = await startTwin({ webhookUrl, clientSecret: SECRET, installations: TOKENS, ...options });
  onTestFinished(() => twin.close());
  return { twin, provider, webhookUrl };
}

export const ONE: DeploymentInput = {
  project: 'shop',
  gitRef: 'feature-x',
  connections: [{ installationId: 'icfg_1', resourceId: 'db_1', actions: ['branch'] }],
};

export const SUCCEEDED = succeeded({ DATABASE_URL: 'postgres://secret' });

export function succeeded(env: Record<string, string>) {
  const secrets = Object.entries(env).map(([name, value]) => ({ name, value }));
  return { status: 'succeeded', outcomes: [{ kind: 'resource-secrets', secrets }] };
}

export interface PatchOptions {
  token?: string | null;
  installation?: string;
  resource?: string;
  action?: string;
  raw?: string;
  contentType?: string;
  signal?: AbortSignal;
}

export async function patch(twin: Twin, id: string, body: unknown, options: PatchOptions = {}) {
  const { token = 'token-1', installation = 'icfg_1', resource = 'db_1', action = 'branch' } = options;
  const path = `/v1/deployments/${id}/integrations/${installation}/resources/${resource}/actions/${action}`;
  const headers: Record<string, string> = { 'content-type': options.contentType ?? 'application/json' };
  if (token !== null) headers['authorization'] = `Bearer ${token}`;
  const init: RequestInit = { method: 'PATCH', headers, body: options.raw ?? JSON.stringify(body) };
  if (options.signal) init.signal = options.signal;
  const answer = await fetch(twin.url + path, init);
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

export async function call(twin: Twin, method: string, path: string, body?: unknown, token?: string) {
  const init: RequestInit = { method, headers: token ? { authorization: `Bearer ${token}` } : {} };
  if (body !== undefined) init.body = JSON.stringify(body);
  const answer = await fetch(twin.url + path, init);
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
