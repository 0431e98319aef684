import { setTimeout as sleep } from 'node:timers/promises';
import { INSTALLATION } from '../../src/demo/scenario.js';

const EVERY_MS = 400;

/** A quarter of a minute of rest after three quarters of work, so that the plots have a shape. */
const isBusy = (second: number): boolean => second % 60 < 45;

/** Has the twin of the demo deploy, cancel and delete for so long: mostly what works, and some of what does not. */
export async function deployFor(ms: number, twin: string): Promise<void> {
  const begun = Date.now();
  for (let count = 0; Date.now() - begun < ms; await sleep(EVERY_MS)) {
    if (isBusy((Date.now() - begun) / 1000)) await deploy(twin, ++count);
  }
}

async function deploy(twin: string, count: number): Promise<void> {
  const id = await create(twin, inputOf(count));
  const later = (what: string, method: string, ms: number): void =>
    void sleep(ms).then(() => fetch(`${twin}/deployments/${id}${what}`, { method }));
  if (count % 11 === 0) later('/cancel', 'POST', 30);
  else if (count % 2 === 0) later('', 'DELETE', 20_000);
}

function inputOf(count: number): object {
  const resourceId = count % 17 === 0 ? 'archive-db' : 'shop-db';
  const action = count % 3 === 0 ? 'branch-each' : 'branch';
  return {
    project: 'shop',
    gitRef: `feature/${count % 40}`,
    connections: [{ installationId: INSTALLATION, resourceId, actions: [action] }],
    ...(count % 13 === 0 && { faults: FAULTS }),
  };
}

const FAULTS = {
  operation: 'update-action',
  api: { status429: { count: 1, retryAfterSeconds: 1 }, status5xx: { count: 1 } },
};

async function create(twin: string, input: object): Promise<string> {
  const answer = await fetch(`${twin}/deployments`, { method: 'POST', body: JSON.stringify(input) });
  if (!answer.ok) throw new Error(`load: the twin answered ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { id: string }).id;
}
