/**
 * Checks of aborted calls: the call ends promptly, and deprovision then removes what the call left behind.
 */
import { ABORT_GRACE_MS } from '../limits.js';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Gone, type Json, type Pending, PermanentError, type Ready } from '../provisioner.js';
import { within } from '../time-limit.js';
import { assertAbsent, type Checks, type CheckContext } from './check-context.js';

/** An aborted verb must end within a second; the rest is a reserve for a busy machine. */
const ABORT_MS = ABORT_GRACE_MS + 500;
const PROVISION_ABORTS_MS = [0, 1, 15, 60, 250];
const LATER_ABORTS_MS = [0, 5, 60];

export const ABORT: Checks = {
  'ends promptly when provision is aborted, and deprovision then leaves nothing': async (context) => {
    for (const afterMs of PROVISION_ABORTS_MS) {
      const key = context.subject.key(`abort-${afterMs}`);
      await abort(context, { key, verb: 'provision', handle: null, afterMs });
      await assertRemoved(context, key, 'an aborted provision');
    }
  },

  'ends promptly when a later provision is aborted, and deprovision then leaves nothing': async (context) => {
    for (const afterMs of LATER_ABORTS_MS) {
      const key = context.subject.key(`abort-later-${afterMs}`);
      const { handle = null } = await context.subject.provision(key);
      await abort(context, { key, verb: 'provision', handle, afterMs });
      await assertRemoved(context, key, 'an aborted later provision');
    }
  },

  'ends promptly when deprovision is aborted, and the next call removes the thing': async (context) => {
    for (const afterMs of LATER_ABORTS_MS) {
      const key = context.subject.key(`abort-gone-${afterMs}`);
      const { handle } = await context.subject.untilReady(key);
      const ended = await abort(context, { key, verb: 'deprovision', handle, afterMs });
      if (isGone(ended))
        await assertAbsent(context, key, 'an aborted deprovision answered gone, but the thing still exists');
      await assertRemoved(context, key, 'an aborted deprovision');
    }
  },
};

interface Aborted {
  readonly key: string;
  readonly verb: 'provision' | 'deprovision';
  readonly handle: Json;
  readonly afterMs: number;
}

/** Aborts a call `afterMs` after its start. Returns the call's answer, or the error that it threw. */
async function abort(context: CheckContext, { key, verb, handle, afterMs }: Aborted): Promise<unknown> {
  const controller = new AbortController();
  if (afterMs === 0) controller.abort(new Error('canceled'));
  const options = { handle, signal: controller.signal };
  const call: Promise<unknown> = context.subject[verb](key, options).catch((error: unknown) => error);
  await sleep(afterMs);
  controller.abort(new Error('canceled'));
  const late =
    `${verb} still ran a second after its signal aborted (${afterMs} ms after the start). ` +
    'Drawbridge does not wait longer: pass the signal to every call that waits';
  const ended = await within(
    ABORT_MS,
    () => new assert.AssertionError({ message: late }),
    () => call,
  );
  if (ended instanceof assert.AssertionError) throw ended;
  assert.ok(
    !PermanentError.is(ended),
    `the aborted ${verb} threw a PermanentError. An abort is not permanent, because Drawbridge ` +
      'may call again: throw any other error',
  );
  return ended;
}

const isGone = (ended: unknown): boolean =>
  (ended as Ready | Pending | Gone | null | undefined)?.status === 'gone';

async function assertRemoved(context: CheckContext, key: string, after: string): Promise<void> {
  await context.subject.untilGone(key, { retry: true });
  await assertAbsent(context, key, `deprovision after ${after} answered gone, but the thing still exists`);
}
