/**
 * What every check gets, and assertions about the things in the backend as the kit's option `find` sees
 * them.
 */
import assert from 'node:assert/strict';
import type { ProvisionerPlugin } from '../provisioner.js';
import type { TestSubject } from './subject.js';

export interface CheckContext {
  readonly plugin: ProvisionerPlugin;
  readonly config: unknown;
  readonly invalidConfig: unknown;
  readonly find?: (key: string) => unknown;
  readonly module?: string | URL;
  readonly subject: TestSubject;
}

export type Checks = Readonly<Record<string, (context: CheckContext) => Promise<void>>>;

/** Fails unless exactly one thing exists for `key`. Returns what `find` sees. */
export async function assertExists({ find }: CheckContext, key: string, broken: string): Promise<unknown> {
  if (!find) return null;
  const found = await find(key);
  assert.ok(count(found) > 0, `${broken} ("${key}")`);
  assertAtMostOne(found, key);
  return found;
}

export async function assertAbsent({ find }: CheckContext, key: string, broken: string): Promise<void> {
  if (!find) return;
  assert.equal(count(await find(key)), 0, `${broken} ("${key}")`);
}

/** Fails unless `find` sees the same thing as before. */
export async function assertUnchanged(
  context: CheckContext,
  key: string,
  before: unknown,
  broken: string,
): Promise<void> {
  assert.deepEqual(
    (await context.find?.(key)) ?? null,
    before,
    `${broken}: find sees another thing than before. Look the thing up by its key before you make one`,
  );
}

function assertAtMostOne(found: unknown, key: string): void {
  assert.ok(
    count(found) <= 1,
    `more than one thing exists for "${key}": deprovision would leave one of them, which costs ` +
      'money. Name the thing after its key, or look it up by its key before you make it',
  );
}

function count(found: unknown): number {
  if (Array.isArray(found)) return found.length;
  return found === null || found === undefined || found === false ? 0 : 1;
}
