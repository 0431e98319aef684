import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/world.js';
import { openPage, type WatchedPage } from './chromium.js';
import { createConsoleWorld, overflow, type ConsoleWorld } from './console-world.js';

const IMAGES = join(import.meta.dirname, '../../docs/images');
const KEEP = process.env['SCREENSHOTS'] === '1';
const PUBLIC_URL = 'http://drawbridge.example';

let world: ConsoleWorld;
beforeAll(async () => {
  world = await createConsoleWorld({ PUBLIC_URL });
  if (KEEP) await mkdir(IMAGES, { recursive: true });
});
afterAll(() => world.close());

/** The status page's path in Vercel's link for the deployment of `gitRef`. */
async function linkOf(gitRef: string): Promise<string> {
  const { deployment } = await world.deploy({ project: 'shop', gitRef });
  const { twin, app } = world.world;
  const link = await eventually(() => twin.deployment(deployment).actions[0]?.statusUrl ?? undefined);
  return link.replace(PUBLIC_URL, app.url);
}

async function open(link: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const watched = await openPage(world.browser, [world.world.app.url], options);
  await watched.page.goto(link);
  return watched;
}

const heading = (page: Page) => page.locator('h1');

describe('the status page', () => {
  it('follows a deployment until it continues, without a reload', async () => {
    world.backend.slow.set('feat/live', ['copying 1 of 2', 'copying 2 of 2…']);
    const { page, complaints, close } = await open(await linkOf('feat/live'));
    await page.evaluate('window.stayed = true');
    await page.getByText('copying 2 of 2…').waitFor();
    world.backend.slow.delete('feat/live');
    await page.getByText('Branch the database: ready, the deployment continues').waitFor();
    expect(await page.title()).toBe('Branch the database: ready, the deployment continues');
    expect(await page.evaluate('window.stayed')).toBe(true);
    expect(await page.locator('time').first().textContent()).not.toContain('UTC');
    expect(complaints).toEqual([]);
    await close();
  });

  it('works without JavaScript: it reloads itself while an action is in progress', async () => {
    world.backend.slow.set('feat/plain', ['copying…']);
    const { page, close } = await open(await linkOf('feat/plain'), { javaScriptEnabled: false });
    await page.getByText('copying…').waitFor();
    world.backend.slow.delete('feat/plain');
    await page.getByText('ready, the deployment continues').waitFor();
    await close();
  });

  it('does not change while the server is unavailable, and continues afterwards', async () => {
    world.backend.slow.set('feat/away', ['copying…']);
    const { page, close } = await open(await linkOf('feat/away'));
    await page.getByText('copying…').waitFor();
    await page.route('**/status/*', (route) => route.abort());
    await page.waitForTimeout(3_000);
    expect(await heading(page).textContent()).toBe('Branch the database: in progress');
    await page.unroute('**/status/*');
    world.backend.slow.delete('feat/away');
    await page.getByText('ready, the deployment continues').waitFor();
    await close();
  });
});

describe.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390],
] as const)('the status page in %s at %i px', (colorScheme, width) => {
  const options = { colorScheme, viewport: { width, height: 800 } };

  it.each(['working', 'good', 'bad'])('is accessible and fits: %s', async (tone) => {
    const gitRef = `feat/${tone}-${colorScheme}-${width}`;
    if (tone === 'working') world.backend.slow.set(gitRef, ['copying 3 of 12 tables…']);
    if (tone === 'bad') world.backend.hopeless.set(gitRef, 'the limit of 10 branches is reached');
    const { page, complaints, close } = await open(await linkOf(gitRef), options);
    await page.locator(`main.${tone}`).waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
    expect([await overflow(page), complaints]).toEqual([expect.any(Number), []]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    if (KEEP) await page.screenshot({ path: join(IMAGES, `status-${tone}-${colorScheme}-${width}.png`) });
    await close();
  });
});
