import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTIONS, connection, createWorld, eventually, type World, WAIT_MS } from '../support/world.js';

describe('the main job', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ actions: ACTIONS.memory });
  });
  afterAll(() => world?.close());

  it('unblocks a build with the secrets of its allocation, and deprovisions on cleanup', async () => {
    const { id } = world.twin.createDeployment({
      project: 'shop',
      gitRef: 'feature',
      connections: [connection()],
    });
    const deployment = await world.twin.waitFor(id, WAIT_MS);
    expect(deployment.state).toBe('ready');
    expect(Object.keys(deployment.env)).toEqual(['MEMORY_KEY', 'MEMORY_TOKEN']);
    const inState = (state: string) =>
      eventually(async () => {
        const { body } = await world.api(`/api/v1/actions?deployment=${id}`);
        return body.items[0]?.state === state && body.items[0];
      });
    await inState('succeeded'); // written after Vercel has unblocked the build
    world.twin.delete(id);
    const path = await inState('released');
    const { body } = await world.api(`/api/v1/actions/${path.id}`);
    expect(body.transitions.map((t: any) => `${t.from} ${t.event} ${t.to}`)).toEqual([
      'none start queued',
      'queued begin provisioning',
      'provisioning ready reporting',
      'reporting accepted succeeded',
      'succeeded cleanup releasing',
      'releasing gone released',
    ]);
  });
});
