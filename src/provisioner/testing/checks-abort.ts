/** A call is aborted in the middle: it ends at once, and what it leaves can be taken away. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ABORT_GRACE_MS } from '../limits.js';
import { type Gone, type Json, type Pending, PermanentError, type Ready } from '../provisioner.js';
import { within } from '../time-limit.js';
import { absent, type Checks, type World } from './world.js';

/** The time that the core leaves to an aborted call, and half a second more for a busy machine. */
const ABORT_MS = ABORT_GRACE_MS + 500;
const EARLY_AND_LATE = [0, 1, 15, 60, 250];
const FEW = [0, 5, 60];

export const ABORT: Checks = {
  'ends promptly when it is aborted, and nothing is left after deprovision': async (world) => {
    for (const afterMs of EARLY_AND_LATE) {
      const key = world.subject.key(`abort-${afterMs}`);
      await abort(world, { key, verb: 'provision', handle: null, afterMs });
      await cleared(world, key, 'an aborted call of provision');
    }
  },

  'ends promptly when a later call is aborted, and nothing is left after deprovision': async (world) => {
    for (const afterMs of FEW) {
      const key = world.subject.key(`abort-later-${afterMs}`);
      const { handle = null } = await world.subject.provision(key);
      await abort(world, { key, verb: 'provision', handle, afterMs });
      await cleared(world, key, 'an aborted later call of provision');
    }
  },

  'ends promptly when deprovision is aborted, and goes on in the next call': async (world) => {
    for (const afterMs of FEW) {
      const key = world.subject.key(`abort-gone-${afterMs}`);
      const { handle } = await world.subject.untilReady(key);
      const ended = await abort(world, { key, verb: 'deprovision', handle, afterMs });
      if (isGone(ended)) await absent(world, key, 'an aborted deprovision said gone, but the thing is there');
      await cleared(world, key, 'an aborted call of deprovision');
    }
  },
};

interface Aborted {
  readonly key: string;
  readonly verb: 'provision' | 'deprovision';
  readonly handle: Json;
  readonly afterMs: number;
}

/** Answers what the call came to: an answer, or what it threw. */
async function abort(world: World, { key, verb, handle, afterMs }: Aborted): Promise<unknown> {
  const controller = new AbortController();
  if (afterMs === 0) controller.abort(new Error('canceled'));
  const options = { handle, signal: controller.signal };
  const call: Promise<unknown> = world.subject[verb](key, options).catch((error: unknown) => error);
  await sleep(afterMs);
  controller.abort(new Error('canceled'));
  const late = `${verb} went on for more than a second after its signal was aborted (${afterMs} ms after the start), and somebody waits for that; pass the signal on to whatever is waited for`;
  const ended = await within(
    ABORT_MS,
    () => new assert.AssertionError({ message: late }),
    () => call,
  );
  if (ended instanceof assert.AssertionError) throw ended;
  assert.ok(
    !PermanentError.is(ended),
    `an aborted call of ${verb} threw PermanentError; an abort is not a reason to give up for good`,
  );
  return ended;
}

const isGone = (ended: unknown): boolean =>
  (ended as Ready | Pending | Gone | null | undefined)?.status === 'gone';

async function cleared(world: World, key: string, after: string): Promise<void> {
  await world.subject.untilGone(key, { retry: true });
  await absent(world, key, `deprovision after ${after} said gone, but something is there`);
}
