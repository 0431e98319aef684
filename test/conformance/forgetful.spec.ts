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
  it('fails for a provisioner that keeps its ids in memory, and says why', async () => {
    const failures = await failuresOf({ plugin: forgetful, config: {}, invalidConfig: { region: 5 }, find });

    expect(Object.keys(failures).toSorted()).toEqual([
      'changes nothing when it is repeated while it is pending',
      'copes with a deployment of which only the id is known',
      'ends promptly when a later call is aborted, and nothing is left after deprovision',
      'ends promptly when deprovision is aborted, and goes on in the next call',
      'ends promptly when it is aborted, and nothing is left after deprovision',
      'finds its thing again in another process, with the handle',
      'finds its thing again when the handle was lost',
      'finds its thing again with the handle of an earlier answer',
      'gets ready when a handle on the way is lost, whichever it is',
      'keeps a key apart from one that begins with it',
      'keeps keys apart',
      'keeps keys apart that are worked on at once',
      'leaves nothing behind',
      'makes one thing for all deployments that share a key',
      'makes one thing of two calls at once',
      'makes the thing and takes it away',
      'says gone as often as it is asked',
      'says gone to two calls at once',
      'takes away what is half made, after whichever answer',
      'takes the thing away without its handle',
    ]);
    expect(failures['finds its thing again when the handle was lost']).toContain(
      'made another thing or other secrets',
    );
    expect(failures['takes the thing away without its handle']).toContain('find it by its key');
    expect(failures['makes one thing of two calls at once']).toContain(
      'different secrets; make them from derive',
    );
    expect(failures['leaves nothing behind']).toContain('something is left');
  });

  it('finds nothing wrong with the reference', async () => {
    expect(await failuresOf(memoryWith({}))).toEqual({});
  });

  it('notices a secret in a handle', async () => {
    const failures = await failuresOf(
      memoryWith({
        async provision(request) {
          const token = Buffer.from(request.derive('token')).toString('hex');
          return { ...(await provision(request)), handle: { key: token } };
        },
      }),
    );
    expect(failures['makes the thing and takes it away']).toContain(
      'the value of MEMORY_TOKEN stands in a handle',
    );
  });

  it('notices a secret in a log line', async () => {
    const failures = await failuresOf(
      memoryWith({
        async provision(request) {
          const answer = await provision(request);
          if (answer.status === 'ready') request.log('made', { env: { ...answer.secrets } });
          return answer;
        },
      }),
    );
    expect(failures['makes the thing and takes it away']).toContain(
      'the value of MEMORY_TOKEN stands in a log',
    );
  });

  it('notices a handle that JSON does not keep', async () => {
    const failures = await failuresOf(
      memoryWith({
        provision: async (request) =>
          ({ ...(await provision(request)), handle: { at: new Date(0) } }) as never,
      }),
    );
    expect(failures['makes the thing and takes it away']).toContain('JSON.stringify');
  });

  it('notices a message that changes with the time', async () => {
    const failures = await failuresOf(
      memoryWith({
        provision: async () => ({ status: 'pending', message: 'waiting since 10:00:01', retryAfterMs: 100 }),
      }),
    );
    expect(failures['makes the thing and takes it away']).toContain('holds a time');
  });

  it('notices a name that cannot be an environment variable', async () => {
    const failures = await failuresOf(
      memoryWith({
        provision: async (request) =>
          ({ ...(await provision(request)), secrets: { 'my-token': 'x' } }) as never,
      }),
    );
    expect(failures['makes the thing and takes it away']).toContain('"my-token" cannot be the name');
  });

  it('notices a call that goes on after its signal was aborted', async () => {
    const failures = await failuresOf(memoryWith({ provision: () => new Promise(() => undefined) }), (name) =>
      name.includes('aborted'),
    );
    expect(failures['ends promptly when it is aborted, and nothing is left after deprovision']).toContain(
      'went on for more than a second',
    );
  });

  it('notices a configuration that is accepted though it is wrong', async () => {
    const failures = await failuresOf({ ...memoryWith({}), invalidConfig: {} });
    expect(Object.keys(failures)).toEqual(['refuses a bad configuration and names the key']);
  });
});
