import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, INSTALLATION } from '../support/world.js';
import { createConsoleWorld, overflow, type ConsoleWorld } from './console.world.js';
import { playScene, type Scene } from './scene.js';

/** With SCREENSHOTS=1 what was looked at is kept. */
const KEEP = process.env['SCREENSHOTS'] === '1';
const IMAGES = join(import.meta.dirname, '../../docs/images');
/** Pixels of height: what is below stands in no picture. */
const MOST = 1500;
const WIDTHS = { 1280: 900, 390: 844 };

const PAGES: Record<string, (scene: Scene) => string> = {
  overview: () => '/',
  actions: () => '/actions',
  'actions-filtered': () => '/actions?state=failed&project=docs',
  'actions-none': () => '/actions?project=nothing',
  action: ({ succeeded }) => `/actions/${succeeded.action}`,
  'action-waiting': ({ waiting }) => `/actions/${waiting.action}`,
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

  it('every page is accessible, fits, keeps to its policy', async () => {
    const watched = await world.open('/', { ...options, token: ADMIN });
    const found: string[] = [];
    for (const [name, path] of Object.entries(PAGES)) {
      await watched.page.evaluate(
        `history.pushState(null, '', '/console${path(scene)}'); dispatchEvent(new PopStateEvent('popstate'))`,
      );
      await settled(watched.page);
      found.push(...(await faultsOf(watched.page)).map((fault) => `${name}: ${fault}`));
      if (KEEP) await picture(watched.page, `${name}-${colorScheme}-${width}`);
    }
    expect([...found, ...watched.complaints]).toEqual([]);
    await watched.close();
  });

  it('the sign-in and the question for a reason are accessible and fit', async () => {
    const watched = await world.open('/actions', options);
    await watched.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    const found = await faultsOf(watched.page);
    if (KEEP) await picture(watched.page, `sign-in-${colorScheme}-${width}`);
    await watched.close();
    const dialog = await world.open(`/actions/${scene.failed.action}`, { ...options, token: ADMIN });
    await dialog.page.getByRole('button', { name: 'Retry' }).click();
    found.push(...(await faultsOf(dialog.page)));
    if (KEEP) await picture(dialog.page, `reason-${colorScheme}-${width}`);
    expect([...found, ...watched.complaints, ...dialog.complaints]).toEqual([]);
    await dialog.close();
  });
});

async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor();
  await page.locator('main [aria-busy]').waitFor({ state: 'detached' });
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
  const size = page.viewportSize() ?? { width: 1280, height: 900 };
  const whole = await page.evaluate<number>('document.documentElement.scrollHeight');
  const height = name.startsWith('reason') ? size.height : Math.min(whole, MOST);
  await page.screenshot({
    path: join(IMAGES, `${name}.png`),
    fullPage: true,
    clip: { x: 0, y: 0, width: size.width, height },
  });
}
