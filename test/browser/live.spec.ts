import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN } from '../support/world.js';
import type { WatchedPage } from './chromium.js';
import { createConsoleWorld, type ConsoleWorld } from './console-world.js';

let scene: ConsoleWorld;
let watched: WatchedPage;

beforeAll(async () => {
  scene = await createConsoleWorld();
});
afterEach(() => watched.close());
afterAll(() => scene.close());

describe('the list of actions', () => {
  it('shows a new action and its progress without a reload', async () => {
    watched = await scene.open('/actions', { token: ADMIN });
    const { page } = watched;
    await page.getByText('Live', { exact: true }).waitFor();
    const { action, deployment } = await scene.deploy({ project: 'shop', gitRef: 'live' });
    const row = page.getByRole('row').filter({ hasText: deployment });
    await row.filter({ hasText: 'succeeded' }).waitFor();
    await scene.world.api(`/api/v1/actions/${action}/release`, {
      method: 'POST',
      body: JSON.stringify({ reason: 'a test' }),
    });
    await row.filter({ hasText: 'released' }).waitFor();
    expect(watched.complaints).toEqual([]);
  });

  it('moves no row while somebody reads, and shows the number of new rows', async () => {
    watched = await scene.open('/actions', { token: ADMIN });
    const { page } = watched;
    const first = page.getByRole('row').nth(1).getByRole('link');
    await first.focus();
    const before = await first.textContent();
    const { deployment } = await scene.deploy({ project: 'shop', gitRef: 'new' });
    await page.getByRole('button', { name: '1 new' }).click();
    await page.getByRole('row').filter({ hasText: deployment }).waitFor();
    expect(before).not.toBe(deployment);
    expect(await page.getByRole('row').nth(1).textContent()).toContain(deployment);
  });

  it('continues after a lost connection, with the changes of the meantime', async () => {
    watched = await scene.open('/actions?gitRef=lost', { token: ADMIN });
    const { page } = watched;
    await page.getByText('Live', { exact: true }).waitFor();
    await page.route('**/api/v1/events', (route) => route.abort());
    scene.world.app.nest.getHttpServer().closeAllConnections();
    await page.getByText('Not live: reconnecting').waitFor();
    const { deployment } = await scene.deploy({ project: 'shop', gitRef: 'lost' });
    const again = page.waitForRequest('**/api/v1/events');
    await page.unroute('**/api/v1/events');
    expect((await again).headers()['last-event-id']).toMatch(/^[0-9]+$/);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('row').filter({ hasText: deployment }).filter({ hasText: 'succeeded' }).waitFor();
  });

  it('keeps its filters in the address', async () => {
    watched = await scene.open('/actions', { token: ADMIN });
    const { page } = watched;
    await page.getByText('released', { exact: true }).first().click();
    await expect.poll(() => page.url()).toContain('state=released');
    await page.getByText('More filters').click();
    await page.getByRole('textbox', { name: 'Git ref' }).fill('live');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain('gitRef=live');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.reload();
    expect(await page.getByRole('textbox', { name: 'Git ref' }).inputValue()).toBe('live');
  });
});

describe('the search', () => {
  it('opens with "/" and finds a page by an id', async () => {
    const { action, deployment } = await scene.deploy({ project: 'shop', gitRef: 'found' });
    watched = await scene.open('/installations', { token: ADMIN });
    const { page } = watched;
    const { body } = await scene.world.api(`/api/v1/actions/${action}`);
    const [delivery] = body.deliveries;
    for (const [text, place] of [
      [action, `/actions/${action}`],
      [deployment, `/actions/${action}`],
      ['found', `/actions/${action}`],
      [delivery.id, `/deliveries/${delivery.id}`],
      [delivery.eventId, `/deliveries/${delivery.id}`],
      [body.allocationKey, `/allocations/${body.allocationKey}`],
    ]) {
      await page.keyboard.press('/');
      await page.keyboard.type(text as string);
      await page.keyboard.press('Enter');
      await expect.poll(() => page.url()).toBe(scene.at(place as string));
      await page.locator('main h1').click();
    }
    expect(watched.complaints).toEqual([]);
  });
});

describe('a list', () => {
  it('loads again by itself when the server is available again', async () => {
    watched = await scene.open('/', { token: ADMIN });
    const { page } = watched;
    await page.route('**/api/v1/deliveries*', (route) => route.abort());
    await page.getByRole('link', { name: 'Deliveries' }).click();
    await page.getByText('Drawbridge cannot be reached. This page retries automatically.').waitFor();
    await page.unroute('**/api/v1/deliveries*');
    await page.getByRole('table', { name: 'Deliveries' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('loads the next page once for two requests at the same time', async () => {
    for (let n = 0; n < 2; n++) await scene.deploy({ project: 'shop', gitRef: `often-${n}` });
    watched = await scene.open('/', { token: ADMIN });
    const { page } = watched;
    await page.route('**/api/v1/deliveries*', async (route) => {
      const url = new URL(route.request().url());
      url.searchParams.set('limit', '1');
      await route.continue({ url: url.toString() });
    });
    await page.getByRole('link', { name: 'Deliveries' }).click();
    const rows = page.getByRole('table').locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(1);
    const answers = [0, 1].map(() => page.waitForResponse(/deliveries\?.*cursor=/));
    await page.evaluate(`const more = document.querySelector('button.more'); more.click(); more.click()`);
    await Promise.all(answers);
    await expect.poll(() => rows.count()).toBe(2);
    expect(new Set(await rows.allTextContents()).size).toBe(2);
  });
});

describe('a delivery', () => {
  it('is replayed with a reason, and the page of the replay shows the result', async () => {
    const { action } = await scene.deploy({ project: 'shop', gitRef: 'again' });
    const { body } = await scene.world.api(`/api/v1/actions/${action}`);
    watched = await scene.open(`/deliveries/${body.deliveries[0].id}`, { token: ADMIN });
    const { page } = watched;
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByLabel('Reason').fill('to see');
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
    await page.getByText('operator:alice: “to see”').waitFor();
    await page.getByText('no-effect', { exact: true }).waitFor();
  });
});

describe('a command', () => {
  it("that comes too late shows the server's answer", async () => {
    const { action } = await scene.deploy({ project: 'shop', gitRef: 'late' });
    await scene.reached(action, 'succeeded');
    watched = await scene.open(`/actions/${action}`, { token: ADMIN });
    const { page } = watched;
    await page.getByRole('button', { name: 'Release' }).click();
    await page.getByLabel('Reason').fill('too late');
    await scene.world.api(`/api/v1/actions/${action}/release`, {
      method: 'POST',
      body: JSON.stringify({ reason: 'somebody was first' }),
    });
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    expect(await page.getByRole('alert').textContent()).toContain(
      'release is possible in reporting, succeeded',
    );
  });
});

describe('the colours', () => {
  it("follow the system or the user's choice, also after a reload", async () => {
    watched = await scene.open('/actions', { token: ADMIN, colorScheme: 'light' });
    const { page } = watched;
    const background = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.getByLabel('Colours').selectOption('dark');
    expect(await background()).not.toBe(light);
    await page.reload();
    expect(await background()).not.toBe(light);
    await page.getByLabel('Colours').selectOption('system');
    expect(await background()).toBe(light);
  });
});
