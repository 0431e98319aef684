/** Several calls at once, and several keys. */
import assert from 'node:assert/strict';
import { PermanentError } from '../provisioner.js';
import { sameSecrets } from './checks-life.js';
import { BARE, LATER } from './deployment.js';
import type { TestSubject } from './subject.js';
import { absent, type Checks, exists, unchanged, type World } from './world.js';

export const TOGETHER: Checks = {
  'makes one thing for all deployments that share a key': async (world) => {
    const { subject } = world;
    const key = subject.key('shared');
    const { handle } = await subject.untilReady(key);
    const before = await exists(world, key, 'provision said ready, but find sees nothing');
    for (const one of [handle, null]) {
      await subject.untilReady(key, { handle: one, deployment: LATER });
      await unchanged(world, key, before, 'for a later deployment of the same branch there is another thing');
    }
    await subject.untilGone(key);
    await absent(world, key, 'deprovision took only one of the things that several deployments share');
  },

  'copes with a deployment of which only the id is known': async (world) => {
    const { subject } = world;
    const key = subject.key('bare');
    await subject.untilReady(key, { deployment: BARE }).catch(unlessPermanent);
    await subject.untilGone(key);
    await absent(world, key, 'after a deployment of which only the id is known something is left');
  },

  'makes one thing of two calls at once': async (world) => {
    const { subject } = world;
    const key = subject.key('twice');
    const [one, other] = await Promise.all([
      subject.untilReady(key, { retry: true }),
      subject.untilReady(key, { retry: true }),
    ]);
    assert.deepEqual(
      one.secrets,
      other.secrets,
      'two calls at once for one key gave different secrets; make them from derive, and let the backend decide who is first',
    );
    const before = await exists(world, key, 'two calls at once said ready, but find sees nothing');
    const third = await subject.untilReady(key, { handle: one.handle });
    assert.deepEqual(third.secrets, one.secrets, 'after two calls at once a third gives other secrets');
    await unchanged(world, key, before, 'two calls at once left something that the next call makes anew');
    await subject.untilGone(key);
    await absent(
      world,
      key,
      'two calls at once made two things: deprovision took one of them and the other is left. Name the thing after the key, or look it up before making it',
    );
  },

  'says gone to two calls at once': async (world) => {
    const { subject } = world;
    const key = subject.key('gone-at-once');
    const { handle } = await subject.untilReady(key);
    await Promise.all([
      subject.untilGone(key, { handle, retry: true }),
      subject.untilGone(key, { handle, retry: true }),
    ]).catch((error: unknown) => {
      assert.fail(
        `two calls of deprovision at once did not both come to gone: ${error instanceof Error ? error.message : String(error)}. What another call has taken away, or is taking away, is gone or pending, never a PermanentError`,
      );
    });
    await absent(world, key, 'two calls of deprovision at once said gone, but the thing is still there');
  },

  'keeps keys apart': async (world) => {
    const [one, other] = longKeys(world.subject);
    await keepApart(
      world,
      [one, other],
      'deprovision of one key took the thing of another away; use the whole key, which may be 63 characters long',
    );
  },

  'keeps a key apart from one that begins with it': async (world) => {
    const keys = [world.subject.key('stem'), world.subject.key('stem-2')] as const;
    await keepApart(
      world,
      keys,
      'deprovision of one key took the thing of another away that begins with it, as the next thing of a branch does; compare whole names, not prefixes',
    );
  },

  'keeps keys apart that are worked on at once': async (world) => {
    const { subject } = world;
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
      'calls at once for different keys got into each other: keep nothing of a call outside of it';
    await absent(world, goes, `${broken}; the thing that was to go is still there`);
    await exists(world, comes, `${broken}; the thing that was to come is not there`);
    await exists(world, stays, `${broken}; the thing that was to stay is not there`);
    sameSecrets(stays, kept, again, broken);
    sameSecrets(comes, made, await subject.untilReady(comes), broken);
    for (const key of [stays, comes]) await subject.untilGone(key);
  },
};

/** A plugin may need what Vercel does not always tell, if it says so. */
function unlessPermanent(error: unknown): void {
  if (PermanentError.is(error)) return;
  if (error instanceof assert.AssertionError) throw error;
  assert.fail(
    `provision threw for a deployment of which only the id is known: ${error instanceof Error ? error.message : String(error)}. Vercel does not tell of url, project and git ref in every case: do without what is null, or throw a PermanentError that says what is missing`,
  );
}

async function keepApart(
  world: World,
  [one, other]: readonly [string, string],
  broken: string,
): Promise<void> {
  const { subject } = world;
  const [first, second] = [await subject.untilReady(one), await subject.untilReady(other)];
  if (first.secrets && Object.keys(first.secrets).length > 0)
    assert.notDeepEqual(first.secrets, second.secrets, 'two keys have the same secrets');
  await subject.untilGone(one, { handle: first.handle });
  await exists(world, other, broken);
  const still = await subject.untilReady(other);
  assert.deepEqual(still.secrets, second.secrets, 'deprovision of one key changed the secrets of another');
  await subject.untilGone(other, { handle: second.handle });
}

/** As long as a key may be, and different in the last character only. */
function longKeys(subject: TestSubject): [string, string] {
  const room = 63 - subject.prefix.length;
  const stem = 'long--'.repeat(10).slice(0, room - 1);
  return [subject.key(`${stem}a`), subject.key(`${stem}b`)];
}
