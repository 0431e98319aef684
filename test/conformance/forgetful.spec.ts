import { describe, expect, it } from 'vitest';
import memory, { find as findInMemory } from '../../src/provisioner/builtin/memory.js';
import type { ConformanceOptions } from '../../src/provisioner/testing/conformance.js';
import { failuresOf } from './failures.js';
import forgetful, { find } from './forgetful-plugin.js';

/** The memory provisioner with one part replaced. */
function memoryWith(changes: Partial<ReturnType<typeof memory.create>>): ConformanceOptions {
  const plugin = {
    ...memory,
    create: (config: Record<string, unknown>) => ({ ...memory.create(config), ...changes }),
  };
  return {
    plugin,
    config: {},
    invalidConfig: { colour: 'red' },
    find: findInMemory,
  };
}

const provision = memory.create({}).provision;

describe('the conformance kit', () => {
  it('fails for a provisioner that keeps its ids in memory, and gives the reasons', async () => {
    const failures = await failuresOf({ plugin: forgetful, config: {}, invalidConfig: { region: 5 }, find });

    expect(Object.keys(failures).toSorted()).toEqual([
      'answers gone again after gone',
      'answers gone to two calls at once',
      'changes nothing when a pending call is repeated',
      'ends promptly when a later provision is aborted, and deprovision then leaves nothing',
      'ends promptly when deprovision is aborted, and the next call removes the thing',
      'ends promptly when provision is aborted, and deprovision then leaves nothing',
      'finds its thing again in another process, with the handle',
      'finds its thing again when the handle is lost',
      'finds its thing again with the handle of an earlier answer',
      'gets ready when the handle of any pending answer is lost',
      'handles a deployment of which only the id is known',
      'keeps a key apart from one that begins with it',
      'keeps keys apart',
      'keeps keys apart in calls at once',
      'leaves nothing behind',
      'makes one thing for all deployments that share a key',
      'makes one thing in two calls at once',
      'makes the thing and removes it',
      'removes a half-made thing after any answer',
      'removes the thing without its handle',
    ]);
    expect(failures['finds its thing again when the handle is lost']).toContain(
      'made another thing or other secrets',
    );
    expect(failures['removes the thing without its handle']).toContain('find the thing by its key');
    expect(failures['makes one thing in two calls at once']).toContain(
      'different secrets. Make secrets with derive',
    );
    expect(failures['leaves nothing behind']).toContain('a thing still exists');
  });

  it('finds no fault in the reference', async () => {
    expect(await failuresOf(memoryWith({}))).toEqual({});
  });

  it('reports a secret in a handle', async () => {
    const failures = await failuresOf(
      memoryWith({
        async provision(request) {
          const token = Buffer.from(request.derive('token')).toString('hex');
          return { ...(await provision(request)), handle: { key: token } };
        },
      }),
    );
    expect(failures['makes the thing and removes it']).toContain(
      'the value of MEMORY_TOKEN was found in a handle',
    );
  });

  it('reports a secret in a log line', async () => {
    const failures = await failuresOf(
      memoryWith({
        async provision(request) {
          const answer = await provision(request);
          if (answer.status === 'ready') request.log('made', { env: { ...answer.secrets } });
          return answer;
        },
      }),
    );
    expect(failures['makes the thing and removes it']).toContain(
      'the value of MEMORY_TOKEN was found in a log',
    );
  });

  it('reports a handle that JSON does not preserve', async () => {
    const failures = await failuresOf(
      memoryWith({
        provision: async (request) =>
          ({ ...(await provision(request)), handle: { at: new Date(0) } }) as never,
      }),
    );
    expect(failures['makes the thing and removes it']).toContain('JSON.stringify');
  });

  it('reports a message that changes with the time', async () => {
    const failures = await failuresOf(
      memoryWith({
        provision: async () => ({ status: 'pending', message: 'waiting since 10:00:01', retryAfterMs: 100 }),
      }),
    );
    expect(failures['makes the thing and removes it']).toContain('contains a time');
  });

  it('reports a name that cannot be an environment variable', async () => {
    const failures = await failuresOf(
      memoryWith({
        provision: async (request) =>
          ({ ...(await provision(request)), secrets: { 'my-token': 'x' } }) as never,
      }),
    );
    expect(failures['makes the thing and removes it']).toContain('"my-token" cannot be the name');
  });

  it('reports a call that continues after its signal was aborted', async () => {
    const failures = await failuresOf(memoryWith({ provision: () => new Promise(() => undefined) }), (name) =>
      name.includes('aborted'),
    );
    expect(
      failures['ends promptly when provision is aborted, and deprovision then leaves nothing'],
    ).toContain('still ran a second after');
  });

  it('reports a wrong configuration that is accepted', async () => {
    const failures = await failuresOf({ ...memoryWith({}), invalidConfig: {} });
    expect(Object.keys(failures)).toEqual(['rejects an invalid configuration and names the key']);
  });
});
