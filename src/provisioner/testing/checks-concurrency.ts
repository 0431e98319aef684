/** Checks of several calls at once, of several keys, and of several deployments with one key. */
import assert from 'node:assert/strict';
import { PermanentError } from '../provisioner.js';
import { assertSameSecrets } from './checks-lifecycle.js';
import { ID_ONLY, LATER_DEPLOYMENT } from './deployment.js';
import type { TestSubject } from './subject.js';
import {
  assertAbsent,
  type Checks,
  assertExists,
  assertUnchanged,
  type CheckContext,
} from './check-context.js';

export const CONCURRENCY: Checks = {
  'makes one thing for all deployments that share a key': async (context) => {
    const { subject } = context;
    const key = subject.key('shared');
    const { handle } = await subject.untilReady(key);
    const before = await assertExists(context, key, 'provision answered ready, but find sees no thing');
    for (const one of [handle, null]) {
      await subject.untilReady(key, { handle: one, deployment: LATER_DEPLOYMENT });
      await assertUnchanged(
        context,
        key,
        before,
        'provision for a later deployment of the same branch made another thing',
      );
    }
    await subject.untilGone(key);
    await assertAbsent(context, key, 'deprovision removed only one of several things with the same key');
  },

  'handles a deployment of which only the id is known': async (context) => {
    const { subject } = context;
    const key = subject.key('bare');
    await subject.untilReady(key, { deployment: ID_ONLY }).catch(allowPermanentError);
    await subject.untilGone(key);
    await assertAbsent(
      context,
      key,
      'deprovision left a thing behind of a deployment of which only the id is known',
    );
  },

  'makes one thing in two calls at once': async (context) => {
    const { subject } = context;
    const key = subject.key('twice');
    const [one, other] = await Promise.all([
      subject.untilReady(key, { retry: true }),
      subject.untilReady(key, { retry: true }),
    ]);
    assert.deepEqual(
      one.secrets,
      other.secrets,
      'two calls at once for one key returned different secrets. Make secrets with derive, and let ' +
        'the backend decide which call is first',
    );
    const before = await assertExists(
      context,
      key,
      'two calls at once answered ready, but find sees no thing',
    );
    const third = await subject.untilReady(key, { handle: one.handle });
    assert.deepEqual(
      third.secrets,
      one.secrets,
      'a third call after two calls at once returned other secrets',
    );
    await assertUnchanged(context, key, before, 'the next call after two calls at once made another thing');
    await subject.untilGone(key);
    await assertAbsent(
      context,
      key,
      'two calls at once made two things: deprovision removed one, the other still exists. ' +
        'Name the thing after its key, or look it up by its key before you make it',
    );
  },

  'answers gone to two calls at once': async (context) => {
    const { subject } = context;
    const key = subject.key('gone-at-once');
    const { handle } = await subject.untilReady(key);
    await Promise.all([
      subject.untilGone(key, { handle, retry: true }),
      subject.untilGone(key, { handle, retry: true }),
    ]).catch((error: unknown) => {
      assert.fail(
        'two calls of deprovision at once did not both end with gone: ' +
          `${error instanceof Error ? error.message : String(error)}. When another call has removed ` +
          'the thing or removes it now, answer gone or pending; never throw a PermanentError',
      );
    });
    await assertAbsent(
      context,
      key,
      'two calls of deprovision at once answered gone, but the thing still exists',
    );
  },

  'keeps keys apart': async (context) => {
    const [one, other] = longKeys(context.subject);
    await checkSeparate(
      context,
      [one, other],
      'deprovision of one key removed the thing of another. Use the whole key: a key can have 63 characters',
    );
  },

  'keeps a key apart from one that begins with it': async (context) => {
    const keys = [context.subject.key('stem'), context.subject.key('stem-2')] as const;
    await checkSeparate(
      context,
      keys,
      'deprovision of one key removed the thing of a key that begins with it, such as the key of ' +
        'the next thing of a branch. Compare whole names, not prefixes',
    );
  },

  'keeps keys apart in calls at once': async (context) => {
    const { subject } = context;
    const [stays, goes, comes] = ['stays', 'goes', 'comes'].map((name) => subject.key(name)) as [
      string,
      string,
      string,
    ];
    const kept = await subject.untilReady(stays);
    const { handle } = await subject.untilReady(goes);
    const [made, again] = await Promise.all([
      subject.untilReady(comes, { retry: true }),
      subject.untilReady(stays, { retry: true, handle: kept.handle }),
      subject.untilGone(goes, { retry: true, handle }),
    ]);
    const broken =
      'calls at once for different keys influenced each other: keep the state of a call in local variables';
    await assertAbsent(context, goes, `${broken}; the thing to remove still exists`);
    await assertExists(context, comes, `${broken}; the thing to make does not exist`);
    await assertExists(context, stays, `${broken}; the thing to keep does not exist`);
    assertSameSecrets(stays, kept, again, broken);
    assertSameSecrets(comes, made, await subject.untilReady(comes), broken);
    for (const key of [stays, comes]) await subject.untilGone(key);
  },
};

/** Accepts a PermanentError: a plugin may require fields that Vercel does not always give. */
function allowPermanentError(error: unknown): void {
  if (PermanentError.is(error)) return;
  if (error instanceof assert.AssertionError) throw error;
  assert.fail(
    'provision threw for a deployment of which only the id is known: ' +
      `${error instanceof Error ? error.message : String(error)}. Vercel does not always give url, ` +
      'project and git ref. Work without the fields that are null, or throw a PermanentError that ' +
      'says what is missing',
  );
}

async function checkSeparate(
  context: CheckContext,
  [one, other]: readonly [string, string],
  broken: string,
): Promise<void> {
  const { subject } = context;
  const [first, second] = [await subject.untilReady(one), await subject.untilReady(other)];
  if (first.secrets && Object.keys(first.secrets).length > 0)
    assert.notDeepEqual(first.secrets, second.secrets, 'two keys have the same secrets');
  await subject.untilGone(one, { handle: first.handle });
  await assertExists(context, other, broken);
  const still = await subject.untilReady(other);
  assert.deepEqual(still.secrets, second.secrets, 'deprovision of one key changed the secrets of another');
  await subject.untilGone(other, { handle: second.handle });
}

/** Returns two keys of the maximum length that differ in the last character only. */
function longKeys(subject: TestSubject): [string, string] {
  const room = 63 - subject.prefix.length;
  const stem = 'long--'.repeat(10).slice(0, room - 1);
  return [subject.key(`${stem}a`), subject.key(`${stem}b`)];
}
