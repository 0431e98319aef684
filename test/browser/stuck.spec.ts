import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, INSTALLATION, WAIT_MS } from '../support/world.js';
import { createConsoleWorld, overflow, signIn, type ConsoleWorld } from './console-world.js';
import type { WatchedPage } from './chromium.js';

const SIZES = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };
const BROKEN = 'the cluster is out of disk';
const SHOWN = 'canceled by the provider: the disk is being enlarged';

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

/** Counts the clicks of a person. */
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
  it('finds a stuck deployment from the overview, sees the reason, and ends it in three clicks', async () => {
    scene.backend.broken = BROKEN;
    const stuck = await scene.deploy({ project: 'shop', gitRef: `stuck-${size}` });
    await scene.reached(stuck.action, 'provisioning');
    watched = await scene.open('/', { viewport });
    const { page } = watched;
    await signIn(page, ADMIN);
    await page.evaluate('globalThis.loadedOnce = true');
    const person = counting(page);

    await person.click(new RegExp(stuck.deployment), 'link');
    const cause = page.getByLabel('Summary');
    await expect.poll(() => cause.textContent()).toContain(BROKEN);
    expect(await page.getByRole('button', { name: 'Retry' }).isDisabled()).toBe(true);

    await person.click('Cancel action');
    const dialog = page.getByRole('dialog');
    await page.getByLabel('Reason').fill('the disk is being enlarged');
    const asked = await dialog.textContent();
    for (const named of ['shop', `stuck-${size}`, INSTALLATION, stuck.deployment])
      expect(asked).toContain(named);
    expect(asked).toContain(`The customer sees: “${SHOWN}”`);
    await dialog.getByRole('button', { name: 'Cancel the deployment’s action' }).click();
    person.clicks++;

    await expect.poll(() => cause.textContent()).toMatch(/fail(s|ed) because alice canceled it/);
    const deployment = await scene.world.twin.waitFor(stuck.deployment, WAIT_MS);
    expect(deployment).toMatchObject({ state: 'error', actions: [{ status: 'failed', statusText: SHOWN }] });
    scene.backend.broken = null;
    await page.getByText('No retry: Vercel accepted failed').waitFor();
    expect(await page.getByRole('button', { name: 'Retry' }).isDisabled()).toBe(true);
    expect(await page.getByRole('list').filter({ hasText: 'webhook' }).textContent()).toContain(
      'abort by alice: “the disk is being enlarged”',
    );
    expect(person.clicks).toBe(3);
    expect(await page.evaluate('globalThis.loadedOnce')).toBe(true);
    expect(await overflow(page)).toBe(0);
    expect(watched.complaints).toEqual([]);
  });
});
