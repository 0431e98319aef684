/**
 * Checks of one thing's life cycle: the plugin makes it once, finds it again without its handle, and removes
 * it.
 */
import assert from 'node:assert/strict';
import type { Json, Ready } from '../provisioner.js';
import type { CallOptions } from './caller.js';
import {
  assertAbsent,
  type Checks,
  assertExists,
  assertUnchanged,
  type CheckContext,
} from './check-context.js';

/**
 * How many answers the kit loses or repeats, one per thing. Bounds the run for plugins that answer pending
 * often.
 */
const MAX_HANDLES = 5;

export const LIFECYCLE: Checks = {
  'makes the thing and removes it': async (context) => {
    const { subject } = context;
    const key = subject.key('life');
    const ready = await subject.untilReady(key);
    await assertExists(context, key, 'provision answered ready, but find sees no thing');
    await subject.untilGone(key, { handle: ready.handle });
    await assertAbsent(context, key, 'deprovision answered gone, but the thing still exists');
  },

  'finds its thing again in another process, with the handle': async (context) => {
    await checkProvisionAgain(context, 'again', (ready) => ready.handle, 'provision is not idempotent');
  },

  'finds its thing again when the handle is lost': async (context) => {
    await checkProvisionAgain(
      context,
      'lost',
      () => null,
      'without a handle, which a crash can lose, the plugin made another thing or other secrets',
    );
  },

  'finds its thing again with the handle of an earlier answer': async (context) => {
    const { subject } = context;
    const key = subject.key('earlier');
    const first = await subject.untilReady(key);
    for (const handle of first.handles.slice(0, MAX_HANDLES))
      assertSameSecrets(
        key,
        first,
        await subject.untilReady(key, { handle }),
        'with the handle of an earlier answer, as after a crash',
      );
    await assertExists(context, key, 'provision with the handle of an earlier answer lost the thing');
    await subject.untilGone(key, { handle: first.handles[0] ?? first.handle });
    await assertAbsent(
      context,
      key,
      'deprovision with the handle of an earlier answer answered gone, but the thing still exists',
    );
  },

  'gets ready when the handle of any pending answer is lost': async (context) => {
    for (let lost = 1; lost <= MAX_HANDLES; lost++) {
      const key = context.subject.key(`forgotten-${lost}`);
      const { handlesLost } = await context.subject.untilReady(key, { loseHandle: lost });
      await assertExists(context, key, 'provision answered ready, but find sees no thing');
      await context.subject.untilGone(key, { loseHandle: 1 });
      await assertAbsent(
        context,
        key,
        'deprovision without a handle answered gone, but the thing still exists',
      );
      if (handlesLost === 0) return; // there were fewer handles than that
    }
  },

  'changes nothing when a pending call is repeated': async (context) => {
    const key = context.subject.key('repeated');
    const changed: boolean[] = [];
    for await (const { first, again } of context.subject.twiceEach(key)) {
      changed.push(
        first.message !== again.message && withoutNumbers(first.message) === withoutNumbers(again.message),
      );
    }
    await assertExists(context, key, 'provision answered ready, but find sees no thing');
    assert.ok(
      changed.length < 2 || !changed.every(Boolean),
      'the message of pending changes with every call, in its digits only. Drawbridge reports ' +
        'each change to Vercel: leave counters, times and ids out of the message',
    );
    await context.subject.untilGone(key);
    await assertAbsent(
      context,
      key,
      'repeated calls made two things: deprovision removed one, the other still exists',
    );
  },

  'removes the thing without its handle': async (context) => {
    const key = context.subject.key('no-handle');
    await context.subject.untilReady(key);
    await context.subject.untilGone(key);
    await assertAbsent(
      context,
      key,
      'deprovision without a handle answered gone, but the thing still exists. A crash can lose ' +
        'a handle: find the thing by its key',
    );
  },

  'answers gone again after gone': async (context) => {
    const key = context.subject.key('gone-twice');
    const { handle } = await context.subject.untilReady(key);
    for (const one of [handle, handle, null]) await context.subject.untilGone(key, { handle: one });
    await assertAbsent(context, key, 'deprovision answered gone, but the thing still exists');
  },

  'answers gone for a thing that never existed': async (context) => {
    const key = context.subject.key('never');
    await context.subject.untilGone(key);
    await assertAbsent(context, key, 'deprovision of a thing that never existed made one');
  },

  'removes a half-made thing after any answer': async (context) => {
    for (let answers = 1; answers <= MAX_HANDLES; answers++) {
      const key = context.subject.key(`half-${answers}`);
      const { status, handle } = await context.subject.answers(key, answers);
      await context.subject.untilGone(key, { handle });
      await assertAbsent(
        context,
        key,
        `deprovision after answer ${answers} of provision left a thing behind`,
      );
      if (status === 'ready') return; // there were fewer answers than that
    }
  },

  'finds and removes its thing from a process without state': async (context) => {
    if (context.module === undefined) return;
    const { subject } = context;
    const key = subject.key('other-process');
    const first = await subject.untilReady(key);
    const before = await assertExists(context, key, 'provision answered ready, but find sees no thing');
    for (const handle of [first.handle, null]) {
      const there = await subject.untilReady(key, { handle, otherProcess: true });
      assertSameSecrets(key, first, there, 'in another process');
      await assertUnchanged(context, key, before, 'provision in another process made another thing');
    }
    await subject.untilGone(key, { otherProcess: true });
    await assertAbsent(
      context,
      key,
      'deprovision in another process answered gone, but the thing still exists. Another ' +
        'process does not have the variables of this one: find the thing by its key',
    );
  },

  'lists its things, if it has the verb list': async (context) => {
    const { subject } = context;
    const key = subject.key('listed');
    const before = await subject.list();
    if (before === null) return;
    await subject.untilReady(key);
    const listed = (await subject.list()) ?? [];
    assert.equal(
      listed.filter((one) => one === key).length,
      1,
      `list must name "${key}" exactly once, because the thing exists; an audit would report it ` +
        'as lost. List the keys that the backend knows, from all of its pages',
    );
    await subject.untilGone(key);
    assert.ok(
      !(await subject.list())?.includes(key),
      `list still names "${key}" after deprovision answered gone; an audit would report it as leaked`,
    );
  },
};

export const FINAL: Checks = {
  'leaves nothing behind': async (context) => {
    for (const key of context.subject.keys) {
      // Work that an aborted call has started may finish late. Drawbridge therefore deprovisions once more,
      // too.
      await context.subject.untilGone(key, { retry: true });
      await assertAbsent(context, key, 'a thing still exists after the last check');
    }
    const left = (await context.subject.list())?.filter((key) => context.subject.keys.includes(key)) ?? [];
    assert.deepEqual(left, [], 'after the last check, list still names removed things');
  },
};

async function checkProvisionAgain(
  context: CheckContext,
  name: string,
  keep: (ready: Ready) => Json,
  broken: string,
  options: CallOptions = {},
): Promise<void> {
  const key = context.subject.key(name);
  const first = await context.subject.untilReady(key);
  const before = await assertExists(context, key, 'provision answered ready, but find sees no thing');
  const second = await context.subject.untilReady(key, { ...options, handle: keep(first) });
  assertSameSecrets(key, first, second, broken);
  assert.equal(
    second.message,
    first.message,
    'the message of ready differs in the next call. Drawbridge may repeat a report to Vercel, ' +
      'and a repeated report must not differ: leave counters, times and ids out of the message',
  );
  await assertUnchanged(context, key, before, broken);
  await context.subject.untilGone(key, { handle: second.handle });
  await assertAbsent(context, key, `${broken}: it made a second thing, and deprovision removed only one`);
}

export function assertSameSecrets(key: string, first: Ready, second: Ready, broken: string): void {
  assert.deepEqual(
    second.secrets,
    first.secrets,
    `${broken}: the secrets of "${key}" changed, which breaks the deployment that got the first ` +
      'ones. Make passwords with derive, and ids from the key',
  );
}

/** Replaces every word with a digit in it, which a clock, a counter or a random id could change. */
const withoutNumbers = (message: string): string => message.replaceAll(/\S*\d\S*/g, '#');
