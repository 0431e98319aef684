import { setTimeout as sleep } from 'node:timers/promises';
import { INSTALLATION } from '../../tools/demo/deployments.js';

const EVERY_MS = 400;
const LIFE_MS = 20_000;

/** 15 s of pause in each minute, so that the plots vary. */
const isBusy = (second: number): boolean => second % 60 < 45;

/**
 * Creates, cancels and deletes deployments at the demo's twin for `ms`: mostly successes, and some failures.
 */
export async function deployFor(ms: number, twin: string): Promise<void> {
  const begun = Date.now();
  const ends: Promise<unknown>[] = [];
  for (let count = 0; Date.now() - begun < ms; await sleep(EVERY_MS)) {
    if (isBusy((Date.now() - begun) / 1000))
      ends.push(live(twin, await create(twin, inputOf(++count)), count));
  }
  await Promise.all(ends);
}

/** Cancels some deployments while they wait, and deletes half of the others later. */
async function live(twin: string, id: string, count: number): Promise<void> {
  const canceled = count % 11 === 0;
  if (!canceled && count % 2 === 0) return;
  await sleep(canceled ? 30 : LIFE_MS);
  await fetch(`${twin}/deployments/${id}${canceled ? '/cancel' : ''}`, {
    method: canceled ? 'POST' : 'DELETE',
  });
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
