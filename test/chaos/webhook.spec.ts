import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { eventually, SECRET, WAIT_MS } from '../support/world.js';
import { CrashWorld, readBranch } from './world/crash-world.js';
import { expectSound } from './world/soundness.js';
import { Wire } from './world/wire.js';

describe.concurrent('a web process that is killed', () => {
  it('between commit and answer stores the webhook: the next delivery is a duplicate, with one action and one branch', async (context) => {
    const world = await CrashWorld.create(context);
    const wire = await Wire.to(world.database.url);
    context.onTestFinished(() => wire.close());
    const [web] = await Promise.all([world.start('web', wire.url), world.start('worker')]);

    const committing = wire.holdAnswersTo('COMMIT');
    const { id } = world.deploy('branch', { gitRef: 'main', build: readBranch });
    await committing;
    await eventually(async () => (await deliveries(world, id)).length === 1);
    expect(world.entries('webhook.result'), 'answers so far').toEqual([]);
    await web.kill();
    await world.start('web');

    expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
    await world.untilQuiet();
    expect(await deliveries(world, id)).toEqual([{ result: 'recorded', times: 2 }]);
    expect(await sendAgain(world, id)).toMatchObject({ status: 202, body: { result: 'duplicate' } });
    expect(await deliveries(world, id)).toEqual([{ result: 'recorded', times: 3 }]);
    expect(await world.sql('SELECT id FROM action')).toHaveLength(1);
    expect(await world.branches()).toHaveLength(1);
    await expectSound(world);
  });
});

function deliveries(world: CrashWorld, deployment: string) {
  return world.sql('SELECT result, times FROM delivery WHERE deployment_id = $1', [deployment]);
}

/** Sends the same bytes again and returns the answer. */
async function sendAgain(world: CrashWorld, deployment: string) {
  const sent = world.entries('webhook.sent').find((entry) => entry.deploymentId === deployment);
  const body = JSON.stringify(sent?.body);
  const signature = createHmac('sha1', SECRET).update(body).digest('hex');
  const headers = { 'content-type': 'application/json', 'x-vercel-signature': signature };
  const answer = await fetch(world.twin.summary().webhookUrl ?? '', { method: 'POST', body, headers });
  return { status: answer.status, body: await answer.json() };
}
