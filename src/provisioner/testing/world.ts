/** What every check works with, and what exists outside as `find` sees it. */
import assert from 'node:assert/strict';
import type { ProvisionerPlugin } from '../provisioner.js';
import type { TestSubject } from './subject.js';

export interface World {
  readonly plugin: ProvisionerPlugin;
  readonly config: unknown;
  readonly invalidConfig: unknown;
  readonly find?: (key: string) => unknown;
  readonly module?: string | URL;
  readonly subject: TestSubject;
}

export type Checks = Readonly<Record<string, (world: World) => Promise<void>>>;

/** One thing and no more; answers what `find` sees. */
export async function exists({ find }: World, key: string, broken: string): Promise<unknown> {
  if (!find) return null;
  const found = await find(key);
  assert.ok(count(found) > 0, `${broken} ("${key}")`);
  notTwo(found, key);
  return found;
}

export async function absent({ find }: World, key: string, broken: string): Promise<void> {
  if (!find) return;
  assert.equal(count(await find(key)), 0, `${broken} ("${key}")`);
}

/** How many things there are while nothing is finished yet: none or one. */
export async function howMany({ find }: World, key: string): Promise<number> {
  if (!find) return 0;
  const found = await find(key);
  notTwo(found, key);
  return count(found);
}

/** The same thing as before, not one that was made anew. */
export async function unchanged(world: World, key: string, before: unknown, broken: string): Promise<void> {
  assert.deepEqual(
    (await world.find?.(key)) ?? null,
    before,
    `${broken}: find sees another thing than before. Look for the thing of this key before making one`,
  );
}

function notTwo(found: unknown, key: string): void {
  assert.ok(
    count(found) <= 1,
    `there is more than one thing for "${key}": deprovision would leave one of them, and somebody pays for it. Name the thing after the key, or look it up before making it`,
  );
}

function count(found: unknown): number {
  if (Array.isArray(found)) return found.length;
  return found === null || found === undefined || found === false ? 0 : 1;
}
