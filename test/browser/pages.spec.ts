import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, INSTALLATION } from '../support/world.js';
import type { WatchedPage } from './chromium.js';
import { createConsoleWorld, overflow, type ConsoleWorld } from './console-world.js';
import { smaller } from './picture.js';
import { playScene, wait, type Scene } from './scene.js';

/** SCREENSHOTS=1 writes the pictures. */
const KEEP = process.env['SCREENSHOTS'] === '1';
const IMAGES = join(import.meta.dirname, '../../docs/images');
const WIDTHS = { 1280: 900, 390: 844 };
/** The maximum height of a picture in pixels, by width. The rest of the page is cut off. */
const MOST: Record<number, number> = { 1280: 1000, 390: 1400 };

const PAGES: Record<string, (scene: Scene) => string> = {
  overview: () => '/',
  'action-waiting': ({ waiting }) => `/actions/${waiting.action}`,
  actions: () => '/actions',
  'actions-filtered': () => '/actions?state=failed&project=docs',
  'actions-none': () => '/actions?project=nothing',
  action: ({ succeeded }) => `/actions/${succeeded.action}`,
  'action-failed': ({ failed }) => `/actions/${failed.action}`,
  'action-retried': ({ retried }) => `/actions/${retried.action}`,
  'action-unknown': () => '/actions/00000000-0000-7000-8000-000000000000',
  allocations: () => '/allocations',
  allocation: ({ allocation }) => `/allocations/${allocation}`,
  installations: () => '/installations',
  installation: () => `/installations/${INSTALLATION}`,
  deliveries: () => '/deliveries',
  delivery: ({ delivery }) => `/deliveries/${delivery}`,
  search: () => '/search?q=feature%2Fsearch',
  'search-none': () => '/search?q=dpl_nothing',
  unknown: () => '/nowhere',
};

/** Pages without a picture. */
const UNSEEN = new Set(['actions-filtered', 'actions-none', 'action-unknown', 'search-none', 'unknown']);

let world: ConsoleWorld;
let scene: Scene;

beforeAll(async () => {
  world = await createConsoleWorld();
  scene = await playScene(world);
  if (KEEP) await mkdir(IMAGES, { recursive: true });
});
afterAll(() => world.close());

const LOOKS = (['light', 'dark'] as const).flatMap((colorScheme) =>
  Object.entries(WIDTHS).map(([width, height]) => ({ colorScheme, width: Number(width), height })),
);

describe.each(LOOKS)('in $colorScheme at $width px', ({ colorScheme, width, height }) => {
  const options = { viewport: { width, height }, colorScheme, reducedMotion: 'reduce' as const };
  let watched: WatchedPage;
  beforeAll(async () => {
    scene.waiting = await wait(world);
    watched = await world.open('/', { ...options, token: ADMIN });
  });
  afterAll(() => watched.close());

  it.each(Object.keys(PAGES))('%s is accessible, fits its width and follows its policy', async (name) => {
    const path = PAGES[name]?.(scene) ?? '/';
    await watched.page.evaluate(
      `history.pushState(null, '', '/console${path}'); dispatchEvent(new PopStateEvent('popstate'))`,
    );
    await settled(watched.page);
    expect([...(await faultsOf(watched.page)), ...watched.complaints.splice(0)]).toEqual([]);
    if (KEEP && !UNSEEN.has(name)) await picture(watched.page, `${name}-${colorScheme}-${width}`);
  });

  it('the sign-in and the dialog for a reason are accessible and fit', async () => {
    const signIn = await world.open('/actions', options);
    await signIn.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    const found = await faultsOf(signIn.page);
    if (KEEP) await picture(signIn.page, `sign-in-${colorScheme}-${width}`);
    await signIn.close();
    const { action } = await wait(world); // the deadline of the scene's own may have passed by now
    const dialog = await world.open(`/actions/${action}`, { ...options, token: ADMIN });
    await dialog.page.getByRole('button', { name: 'Cancel action' }).click();
    await dialog.page.getByLabel('Reason').fill('the cluster is being moved');
    found.push(...(await faultsOf(dialog.page)));
    if (KEEP) await picture(dialog.page, `reason-${colorScheme}-${width}`);
    expect([...found, ...signIn.complaints, ...dialog.complaints]).toEqual([]);
    await dialog.close();
  });
});

async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor();
  await expect.poll(() => page.locator('main [aria-busy]').count()).toBe(0);
  await page.waitForTimeout(150); // plots are drawn with the next frame
}

async function faultsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
  const sideways = await overflow(page);
  return sideways > 0 ? [...told, `${sideways} px too wide`] : told;
}

async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  const size = page.viewportSize() ?? { width: 1280, height: 900 };
  const whole = await page.evaluate<number>('document.documentElement.scrollHeight');
  const most = name === 'overview-light-1280' || name === 'overview-dark-1280' ? whole : MOST[size.width];
  const height = name.startsWith('reason') ? size.height : Math.min(whole, most ?? whole);
  const png = await page.screenshot({
    fullPage: true,
    clip: { x: 0, y: 0, width: size.width, height },
  });
  await writeFile(join(IMAGES, `${name}.png`), smaller(png));
}
