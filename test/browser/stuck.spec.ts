import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN } from '../support/world.js';
import { createConsoleWorld, overflow, signIn, type ConsoleWorld } from './console.world.js';
import type { WatchedPage } from './chromium.js';

const SIZES = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };
const BROKEN = 'the cluster is out of disk';

let scene: ConsoleWorld;
let watched: WatchedPage | null = null;

beforeAll(async () => {
  scene = await createConsoleWorld();
});
afterEach(async () => {
  scene.backend.broken = null;
  await watched?.close();
});
afterAll(() => scene.close());

/** Counts what a person would: every click on something. */
function counting(page: Page): {
  click(name: string | RegExp, role?: 'button' | 'link'): Promise<void>;
  clicks: number;
} {
  const counter = {
    clicks: 0,
    click: async (name: string | RegExp, role: 'button' | 'link' = 'button'): Promise<void> => {
      counter.clicks++;
      await page.getByRole(role, { name }).first().click();
    },
  };
  return counter;
}

describe.each(Object.entries(SIZES))('an operator at a %s', (size, viewport) => {
  it('finds a stuck deployment from the overview, sees why, and retries it in three clicks', async () => {
    scene.backend.broken = BROKEN;
    const stuck = await scene.deploy({ project: 'shop', gitRef: `stuck-${size}`, action: 'hasty' });
    await scene.reached(stuck.action, 'failing');
    watched = await scene.open('/', { viewport });
    const { page } = watched;
    await signIn(page, ADMIN);
    await page.evaluate('globalThis.loadedOnce = true');
    const person = counting(page);

    await person.click(new RegExp(stuck.deployment), 'link');
    const cause = page.getByLabel('What is the matter');
    await expect.poll(() => cause.textContent()).toContain('It fails because its deadline passed');
    expect(await cause.textContent()).toContain(BROKEN);
    expect(await page.getByRole('button', { name: 'Retry' }).isDisabled()).toBe(true);

    scene.backend.broken = null;
    await expect
      .poll(() => page.getByRole('button', { name: 'Retry' }).isEnabled(), { timeout: 60_000 })
      .toBe(true);
    await person.click('Retry');
    await page.getByLabel('Reason').fill('the disk was enlarged');
    await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click();
    person.clicks++;

    await expect.poll(() => cause.textContent(), { timeout: 30_000 }).toContain('It succeeded');
    expect(await page.getByRole('list').filter({ hasText: 'webhook' }).textContent()).toContain(
      'retry by alice: “the disk was enlarged”',
    );
    expect(person.clicks).toBe(3);
    expect(await page.evaluate('globalThis.loadedOnce')).toBe(true);
    expect(scene.backend.things.size).toBeGreaterThan(0);
    expect(await overflow(page)).toBe(0);
    expect(watched.complaints).toEqual([]);
  });
});
