import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AUDIENCE } from '../support/servers/identity-provider.js';
import { ADMIN, VIEWER } from '../support/world.js';
import type { WatchedPage } from './chromium.js';
import { createConsoleWorld, signIn, type ConsoleWorld } from './console-world.js';
import { CLIENT_ID, startSignInProvider, type SignInProvider } from './sign-in-provider.js';

let provider: SignInProvider;
let scene: ConsoleWorld;
let watched: WatchedPage;

beforeAll(async () => {
  provider = await startSignInProvider();
  scene = await createConsoleWorld({
    OPERATOR_OIDC_ISSUER: provider.issuer,
    OPERATOR_OIDC_AUDIENCE: AUDIENCE,
    OPERATOR_OIDC_CLIENT_ID: CLIENT_ID,
    OPERATOR_OIDC_ROLES: 'ops=operator',
    OPERATOR_OIDC_SCOPE: 'openid',
  });
  await provider.serve(scene.world.app.url, ['ops']);
});
afterEach(() => watched.close());
afterAll(async () => {
  await scene.close();
  await provider.close();
});

describe('signing in', () => {
  it('shows an error for a wrong token, and the requested page for the right one', async () => {
    watched = await scene.open('/deliveries');
    const { page } = watched;
    await page.getByLabel('Operator’s token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    expect(await page.getByRole('alert').textContent()).toBe('Drawbridge does not know this token.');
    await signIn(page, ADMIN);
    await page.getByRole('heading', { name: 'Deliveries' }).waitFor();
    expect(watched.complaints).toEqual([]);
  });

  it('lasts over a reload, not in another tab, and ends with sign out', async () => {
    watched = await scene.open('/actions', { token: ADMIN });
    const { page } = watched;
    await page.reload();
    await page.getByRole('heading', { name: 'Actions' }).waitFor();
    const other = await page.context().newPage();
    await other.goto(scene.at('/actions'));
    await other.getByLabel('Operator’s token').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Operator’s token').waitFor();
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
  });

  it('is required again when the token is refused later, and leads back to the same page', async () => {
    watched = await scene.open('/actions?state=failed', { token: ADMIN });
    const { page } = watched;
    await page.route('**/api/v1/**', (route) =>
      route.fulfill({ status: 401, json: { title: 'Unauthorized' } }),
    );
    await page.getByText('You were signed out').waitFor();
    await page.unroute('**/api/v1/**');
    await signIn(page, ADMIN);
    expect(page.url()).toBe(scene.at('/actions?state=failed'));
    expect(await page.getByLabel('failed', { exact: true }).first().isChecked()).toBe(true);
  });

  it("works with the company's identity provider, and leads back to the requested page", async () => {
    watched = await scene.open('/installations', { allowed: [provider.issuer] });
    const { page } = watched;
    await page.getByRole('button', { name: `Sign in with ${new URL(provider.issuer).host}` }).click();
    await page.locator('input[name=login]').fill('zoe');
    await page.locator('input[name=password]').fill('any');
    await page.getByRole('button', { name: /sign-in/i }).click();
    await page.getByRole('button', { name: /continue/i }).click();
    await page.getByRole('heading', { name: 'Installations' }).waitFor();
    expect(page.url()).toBe(scene.at('/installations'));
    expect(await page.locator('.who').textContent()).toBe('zoe operator');
  });

  it('refuses an answer of the provider that this tab did not request', async () => {
    watched = await scene.open('/signed-in?code=stolen&state=guessed');
    const { page } = watched;
    expect(await page.getByRole('alert').textContent()).toContain('this tab did not start a sign-in');
  });
});

describe('a viewer', () => {
  it('sees why there are no commands', async () => {
    const { action } = await scene.deploy({ project: 'shop', gitRef: 'seen' });
    await scene.reached(action, 'succeeded');
    watched = await scene.open(`/actions/${action}`, { token: VIEWER });
    const { page } = watched;
    await page.getByText('Commands require the role operator. Your role is viewer.').waitFor();
    for (const name of ['Retry', 'Release', 'Cancel'])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    expect(watched.complaints).toEqual([]);
  });
});
