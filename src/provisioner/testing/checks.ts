/** The checks of the conformance kit by name: one promise each. What holds for every single answer is in promises.ts. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Json, PermanentError, type ProvisionerPlugin } from '../provisioner.js';
import type { Subject } from './subject.js';

export interface World {
  readonly plugin: ProvisionerPlugin;
  readonly invalidConfig: unknown;
  readonly find?: (key: string) => unknown;
  readonly subject: Subject;
}

/** So many answers on the way are lost in turn, each in a life of its own. */
const MOST_HANDLES = 5;
/** After an abort a verb has to end within 1 s; the rest is for a busy machine. */
const ABORT_MS = 1_000 + 500;

export const CHECKS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  'is a plugin of api version 1': async ({ plugin }) => {
    assert.equal(plugin.apiVersion, 1, 'apiVersion must be 1');
    assert.match(plugin.name, /^[a-z][a-z0-9-]*$/, 'name must be lower-case letters, digits and dashes');
    assert.equal(typeof plugin.create, 'function', 'create must be a function');
  },

  'refuses a bad configuration and names the key': async ({ plugin, invalidConfig }) => {
    const { issues } = await plugin.configSchema['~standard'].validate(invalidConfig);
    assert.ok(
      issues && issues.length > 0,
      'configSchema accepts the invalid configuration; let it refuse unknown keys and wrong types, so that a typing error stops the boot and not a deployment',
    );
    const nested = typeof invalidConfig === 'object' && invalidConfig !== null;
    const named = issues.every((issue) => !nested || (issue.path?.length ?? 0) > 0);
    assert.ok(
      named,
      'an issue of configSchema has no path; operators have to see which key is wrong: give each issue the path of its key',
    );
  },

  'can be checked and closed': async ({ subject }) => {
    await subject.withInstance(async (one) => one.check?.(AbortSignal.timeout(30_000)));
  },

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

  'gets ready when a handle on the way is lost, whichever it is': async (world) => {
    for (let lost = 1; lost <= MOST_HANDLES; lost++) {
      const key = world.subject.key(`forgotten-${lost}`);
      const { handlesLost } = await world.subject.untilReady(key, { loseHandle: lost });
      await exists(world, key, 'provision said ready, but find sees nothing');
      await world.subject.untilGone(key);
      await absent(world, key, 'without a handle deprovision said gone and left the thing');
      if (handlesLost === 0) return; // there were fewer handles than that
    }
  },

  'makes one thing of two calls at once': async (world) => {
    const { subject } = world;
    const key = subject.key('twice');
    const both = await Promise.all([0, 1].map(() => subject.untilReady(key, { retry: true })));
    assert.deepEqual(
      both[0]?.secrets,
      both[1]?.secrets,
      'two calls at once for one key gave different secrets; make them from derive, and let the backend decide who is first',
    );
    const before = await exists(world, key, 'two calls at once said ready, but find sees nothing');
    const third = await subject.untilReady(key, { handle: both[0]?.handle ?? null });
    assert.deepEqual(third.secrets, both[0]?.secrets, 'after two calls at once a third gives other secrets');
    same(
      (await world.find?.(key)) ?? null,
      before,
      'two calls at once left something that the next call makes anew',
    );
    await subject.untilGone(key);
    await absent(
      world,
      key,
      'two calls at once made two things: deprovision took one of them and the other is left. Name the thing after the key, or look it up before making it',
    );
  },

  'keeps keys apart': async (world) => {
    const { subject } = world;
    const [one, other] = longKeys(subject);
    const [first, second] = [await subject.untilReady(one), await subject.untilReady(other)];
    if (first.secrets) assert.notDeepEqual(first.secrets, second.secrets, 'two keys have the same secrets');
    await subject.untilGone(one, { handle: first.handle });
    await exists(
      world,
      other,
      'deprovision of one key took the thing of another away; use the whole key, which may be 63 characters long',
    );
    const still = await subject.untilReady(other);
    assert.deepEqual(still.secrets, second.secrets, 'deprovision of one key changed the secrets of another');
    await subject.untilGone(other, { handle: second.handle });
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

  'takes away what is half made': async (world) => {
    const key = world.subject.key('half');
    const first = await world.subject.provision(key);
    await world.subject.untilGone(key, { handle: first.handle ?? null });
    await absent(world, key, 'deprovision after the first answer of provision left something');
  },

  'ends promptly when it is aborted, and nothing is left after deprovision': async (world) => {
    for (const afterMs of [0, 1, 15, 60, 250]) await abortAfter(world, afterMs);
  },

  'leaves nothing behind': async (world) => {
    for (const key of world.subject.keys) {
      // What an aborted call has set going may land late; the core deprovisions once more when that call's time is over.
      await world.subject.untilGone(key, { retry: true });
      await absent(world, key, 'at the end of the kit something is left');
    }
  },
};

async function sameAgain(
  world: World,
  name: string,
  keep: (ready: { handle: Json }) => Json,
  broken: string,
): Promise<void> {
  const key = world.subject.key(name);
  const first = await world.subject.untilReady(key);
  const before = await exists(world, key, 'provision said ready, but find sees nothing');
  const second = await world.subject.untilReady(key, { handle: keep(first) });
  assert.deepEqual(
    second.secrets,
    first.secrets,
    `${broken}: the secrets of "${key}" changed, which breaks the deployment that has the first ones. Make passwords from derive, and ids from the key`,
  );
  same((await world.find?.(key)) ?? null, before, broken);
  await world.subject.untilGone(key, { handle: second.handle });
  await absent(world, key, `${broken}: it made a second thing, and deprovision left one of them`);
}

async function abortAfter(world: World, afterMs: number): Promise<void> {
  const { subject } = world;
  const key = subject.key(`abort-${afterMs}`);
  const controller = new AbortController();
  if (afterMs === 0) controller.abort(new Error('canceled'));
  const call = subject.provision(key, { signal: controller.signal }).then(
    () => null,
    (error: unknown) => error,
  );
  await sleep(afterMs);
  controller.abort(new Error('canceled'));
  const late = Symbol('late');
  const ended = await Promise.race([call, sleep(ABORT_MS, late)]);
  assert.notEqual(
    ended,
    late,
    `provision went on for more than a second after its signal was aborted (${afterMs} ms after the start); pass the signal on to whatever is waited for`,
  );
  if (ended instanceof assert.AssertionError) throw ended;
  assert.ok(
    !PermanentError.is(ended),
    'an aborted call threw PermanentError; an abort is not a reason to give up for good',
  );
  await subject.untilGone(key, { retry: true });
  await absent(
    world,
    key,
    `deprovision after an abort (${afterMs} ms after the start) said gone, but something is there`,
  );
}

/** As long as a key may be, and different in the last character only. */
function longKeys(subject: Subject): [string, string] {
  const room = 63 - subject.prefix.length;
  const stem = 'long--'.repeat(10).slice(0, room - 1);
  return [subject.key(`${stem}a`), subject.key(`${stem}b`)];
}

async function exists({ find }: World, key: string, broken: string): Promise<unknown> {
  if (!find) return null;
  const found = await find(key);
  assert.ok(count(found) > 0, `${broken} ("${key}")`);
  assert.equal(
    count(found),
    1,
    `there is more than one thing for "${key}": name the thing after the key, or look it up before making it`,
  );
  return found;
}

async function absent({ find }: World, key: string, broken: string): Promise<void> {
  if (!find) return;
  assert.equal(count(await find(key)), 0, `${broken} ("${key}")`);
}

function count(found: unknown): number {
  if (Array.isArray(found)) return found.length;
  return found === null || found === undefined ? 0 : 1;
}

function same(after: unknown, before: unknown, broken: string): void {
  assert.deepEqual(
    after,
    before,
    `${broken}: find sees another thing than before. Look for the thing of this key before making one`,
  );
}
