import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPluginWorld, type PluginWorld } from '../../support/plugin-world.js';
import { eventually } from '../../support/world.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

interface Call {
  readonly step: string;
  readonly deployment: string | null;
  answer(body: object): void;
}

/**
 * The backend of the steps' provisioners, each under its own path. Responds at once, except to calls that a
 * test holds.
 */
class Backend {
  readonly allocations = new Set<string>();
  readonly calls: Call[] = [];
  hold: (call: Call) => boolean = () => false;
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  callFor(deployment: string): Promise<Call> {
    return eventually(() => this.calls.find((call) => call.deployment === deployment));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { key, deployment } = (await json(request)) as { key: string; deployment?: { id: string } };
    const path = (request.url as string).split('/').slice(1);
    const [step, verb] = [path.at(0) as string, path.at(-1) as string];
    const answer = (body: object): void => void response.end(JSON.stringify(body));
    const call = { step, deployment: deployment?.id ?? null, answer };
    this.calls.push(call);
    if (verb === 'provision') this.allocations.add(`${step} ${key}`);
    else this.allocations.delete(`${step} ${key}`);
    if (!this.hold(call)) answer(verb === 'provision' ? ready(step) : { status: 'gone' });
  }
}

const ready = (step: string) => ({
  status: 'ready',
  handle: { step },
  secrets: { [`${step.toUpperCase()}_NAME`]: `of-${step}` },
});

describe('a sequence that deployments share', () => {
  let world: PluginWorld;
  let backend: Backend;
  beforeAll(async () => {
    backend = new Backend();
    const base = await backend.listen();
    const step = (name: string, needs: string) =>
      `{ name: ${name}, provisioner: http, config: { url: '${base}/${name}${needs}', secret: '${SECRET}' } }`;
    const steps = [
      step('db', ''),
      step('role', '/${steps.db.secrets.DB_NAME}'),
      step('cache', '/${steps.role.secrets.ROLE_NAME}'),
    ];
    const config = `config: { steps: [${steps.join(', ')}] }`;
    world = await createPluginWorld({
      actions: `actions:\n  shared: { provisioner: sequence, scope: git-branch, ${config} }\n`,
    });
  });
  afterAll(async () => {
    await world?.close();
    backend.close();
  });

  const branchOf = async (gitRef: string) => {
    const to = await world.connect('shared');
    return () => world.twin.createDeployment({ project: 'shop', gitRef, connections: [to] }).id;
  };

  it('is deprovisioned completely, also when a slower caller of its first step was canceled', async () => {
    const deploy = await branchOf('slow');
    const slow = deploy();
    backend.hold = ({ deployment, step }) => deployment === slow && step === 'db';
    const held = await backend.callFor(slow);
    const fast = deploy();
    await world.rested(fast, 'succeeded');
    const handle = { operation: 1 };
    held.answer({ status: 'pending', handle, message: 'still at it', retryAfterMs: 60_000 });
    await eventually(async () => (await world.actionOf(slow))?.statusText === 'db: still at it');
    world.twin.cancel(slow);
    await world.rested(slow, 'canceled');
    world.twin.delete(fast);
    await world.rested(fast, 'released');
    expect([...backend.allocations]).toEqual([]);
  });
});
