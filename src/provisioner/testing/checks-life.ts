/** One thing's life, call after call: made once, found again however its handle was lost, and taken away. */
import assert from 'node:assert/strict';
import type { Json, Ready } from '../provisioner.js';
import type { CallOptions } from './caller.js';
import { absent, type Checks, exists, unchanged, type World } from './world.js';

/** So many answers on the way are lost in turn, each in a life of its own. */
const MOST_HANDLES = 5;

export const LIFE: Checks = {
  'makes the thing and takes it away': async (world) => {
    const { subject } = world;
    const key = subject.key('life');
    const ready = await subject.untilReady(key);
    await exists(world, key, 'provision said ready, but find sees nothing');
    await subject.untilGone(key, { handle: ready.handle });
    await absent(world, key, 'deprovision said gone, but the thing is still there');
  },

  'finds its thing again in another process, with the handle': async (world) => {
    await sameAgain(world, 'again', (ready) => ready.handle, 'provision is not idempotent');
  },

  'finds its thing again when the handle was lost': async (world) => {
    await sameAgain(
      world,
      'lost',
      () => null,
      'after a crash the handle is null, and the plugin made another thing or other secrets',
    );
  },

  'finds its thing again with the handle of an earlier answer': async (world) => {
    const { subject } = world;
    const key = subject.key('earlier');
    const first = await subject.untilReady(key);
    for (const handle of first.handles.slice(0, MOST_HANDLES))
      sameSecrets(
        key,
        first,
        await subject.untilReady(key, { handle }),
        'with the handle of an earlier answer, which is what a crash leaves,',
      );
    await exists(world, key, 'provision with the handle of an earlier answer lost the thing');
    await subject.untilGone(key, { handle: first.handles[0] ?? first.handle });
    await absent(world, key, 'deprovision with the handle of an earlier answer said gone and left the thing');
  },

  'gets ready when a handle on the way is lost, whichever it is': async (world) => {
    for (let lost = 1; lost <= MOST_HANDLES; lost++) {
      const key = world.subject.key(`forgotten-${lost}`);
      const { handlesLost } = await world.subject.untilReady(key, { loseHandle: lost });
      await exists(world, key, 'provision said ready, but find sees nothing');
      await world.subject.untilGone(key, { loseHandle: 1 });
      await absent(world, key, 'without a handle deprovision said gone and left the thing');
      if (handlesLost === 0) return; // there were fewer handles than that
    }
  },

  'changes nothing when it is repeated while it is pending': async (world) => {
    const key = world.subject.key('repeated');
    const changed: boolean[] = [];
    for await (const { first, again } of world.subject.twiceEach(key)) {
      changed.push(first.message !== again.message && steady(first.message) === steady(again.message));
    }
    await exists(world, key, 'provision said ready, but find sees nothing');
    assert.ok(
      changed.length < 2 || !changed.every(Boolean),
      'the message of a pending answer is another one in every call, in its digits alone; it must be the same in each try, so that a status is not reported again and again: leave counters, times and ids out',
    );
    await world.subject.untilGone(key);
    await absent(
      world,
      key,
      'repeated calls made two things: deprovision took one of them and the other is left',
    );
  },

  'takes the thing away without its handle': async (world) => {
    const key = world.subject.key('no-handle');
    await world.subject.untilReady(key);
    await world.subject.untilGone(key);
    await absent(
      world,
      key,
      'without a handle deprovision said gone and left the thing; find it by its key: a handle can be lost in a crash, and what is not in it must not be needed',
    );
  },

  'says gone as often as it is asked': async (world) => {
    const key = world.subject.key('gone-twice');
    const { handle } = await world.subject.untilReady(key);
    for (const one of [handle, handle, null]) await world.subject.untilGone(key, { handle: one });
    await absent(world, key, 'deprovision said gone, but the thing is still there');
  },

  'says gone for what never was': async (world) => {
    const key = world.subject.key('never');
    await world.subject.untilGone(key);
    await absent(world, key, 'deprovision of what never was has made something');
  },

  'takes away what is half made, after whichever answer': async (world) => {
    for (let answers = 1; answers <= MOST_HANDLES; answers++) {
      const key = world.subject.key(`half-${answers}`);
      const { status, handle } = await world.subject.answers(key, answers);
      await world.subject.untilGone(key, { handle });
      await absent(world, key, `deprovision after answer ${answers} of provision left something`);
      if (status === 'ready') return; // there were fewer answers than that
    }
  },

  'is found and taken away by a process that knows nothing': async (world) => {
    if (world.module === undefined) return;
    const { subject } = world;
    const key = subject.key('elsewhere');
    const first = await subject.untilReady(key);
    const before = await exists(world, key, 'provision said ready, but find sees nothing');
    for (const handle of [first.handle, null]) {
      const there = await subject.untilReady(key, { handle, elsewhere: true });
      sameSecrets(key, first, there, 'in another process');
      await unchanged(world, key, before, 'another process made another thing');
    }
    await subject.untilGone(key, { elsewhere: true });
    await absent(
      world,
      key,
      'deprovision in another process said gone and left the thing; a variable of the module is as gone as the process that held it: find the thing by its key',
    );
  },

  'lists its things, if it lists them': async (world) => {
    const { subject } = world;
    const key = subject.key('listed');
    const before = await subject.list();
    if (before === null) return;
    await subject.untilReady(key);
    const listed = (await subject.list()) ?? [];
    assert.equal(
      listed.filter((one) => one === key).length,
      1,
      `list does not name "${key}" once though it is there; an audit would say that it was lost: list the keys as the backend knows them, all pages of them`,
    );
    await subject.untilGone(key);
    assert.ok(
      !(await subject.list())?.includes(key),
      `list still names "${key}" after deprovision said gone; an audit would say that it leaked`,
    );
  },
};

export const LEFTOVERS: Checks = {
  'leaves nothing behind': async (world) => {
    for (const key of world.subject.keys) {
      // What an aborted call has set going may land late; the core deprovisions once more when that call's time is over.
      await world.subject.untilGone(key, { retry: true });
      await absent(world, key, 'at the end of the kit something is left');
    }
    const left = (await world.subject.list())?.filter((key) => world.subject.keys.includes(key)) ?? [];
    assert.deepEqual(left, [], 'at the end of the kit list names what was taken away');
  },
};

async function sameAgain(
  world: World,
  name: string,
  keep: (ready: Ready) => Json,
  broken: string,
  options: CallOptions = {},
): Promise<void> {
  const key = world.subject.key(name);
  const first = await world.subject.untilReady(key);
  const before = await exists(world, key, 'provision said ready, but find sees nothing');
  const second = await world.subject.untilReady(key, { ...options, handle: keep(first) });
  sameSecrets(key, first, second, broken);
  assert.equal(
    second.message,
    first.message,
    'the message of ready is another one in the next call; a report that has to be repeated must say the same again: leave counters, times and ids out',
  );
  await unchanged(world, key, before, broken);
  await world.subject.untilGone(key, { handle: second.handle });
  await absent(world, key, `${broken}: it made a second thing, and deprovision left one of them`);
}

export function sameSecrets(key: string, first: Ready, second: Ready, broken: string): void {
  assert.deepEqual(
    second.secrets,
    first.secrets,
    `${broken}: the secrets of "${key}" changed, which breaks the deployment that has the first ones. Make passwords from derive, and ids from the key`,
  );
}

/** A message without what a clock, a counter or chance would change. */
const steady = (message: string): string => message.replaceAll(/\S*\d\S*/g, '#');
