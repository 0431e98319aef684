import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { connection, createWorld, eventually, INSTALLATION, type World } from '../support/world.js';
import { BACKEND_SECRET, startBackend, type BrowserBackend } from './backend.js';
import { openPage, startBrowser, type WatchedPage } from './chromium.js';

const RESOURCE = 'res_1';

/** A Drawbridge with its console, a company's HTTP provisioner, the twin of Vercel, and a browser. */
export interface ConsoleWorld {
  readonly world: World;
  readonly backend: BrowserBackend;
  readonly browser: Browser;
  /** The URL of a page of the console. */
  at(path: string): string;
  /** Opens a page at `path`, signed in with a token unless the token is null. */
  open(path: string, options?: OpenOptions): Promise<WatchedPage>;
  /** Creates a deployment and returns its action's id once the action exists. */
  deploy(input: Deploy): Promise<Deployed>;
  /** Waits until the action is in one of these states. */
  reached(actionId: string, ...states: string[]): Promise<void>;
  close(): Promise<void>;
}

export interface OpenOptions extends BrowserContextOptions {
  token?: string | null;
  /** Additional origins that the page may call. */
  allowed?: readonly string[];
}

export interface Deploy {
  project: string;
  gitRef: string;
  action?: string;
  /** The installation; by default that of the world. */
  installation?: string;
  target?: 'production' | 'preview';
  faults?: object;
}

export interface Deployed {
  deployment: string;
  action: string;
}

const actionsOf = (url: string): string => `actions:
  branch:
    name: Branch the database
    provisioner: http
    scope: git-branch
    config: { url: "${url}", secret: "${BACKEND_SECRET}" }
  hasty:
    name: Branch the database in a hurry
    provisioner: http
    deadline: 2s
    config: { url: "${url}", secret: "${BACKEND_SECRET}" }
`;

export async function createConsoleWorld(env: Record<string, string> = {}): Promise<ConsoleWorld> {
  const browser = await startBrowser();
  const backend = await startBackend();
  const world = await createWorld({ actions: actionsOf(backend.url), env });
  const at = (path: string): string => `${world.app.url}/console${path}`;
  return {
    world,
    backend,
    browser,
    at,
    open: async (path, { token = null, allowed = [], ...options } = {}) => {
      const watched = await openPage(browser, [world.app.url, ...allowed], options);
      await watched.page.goto(at(path));
      if (token !== null) await signIn(watched.page, token);
      return watched;
    },
    deploy: (input) => deploy(world, input),
    reached: (action, ...states) => reached(world, action, states),
    close: async () => {
      await browser.close();
      await world.close();
      await backend.close();
    },
  };
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Operator’s token').fill(token);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

async function deploy(
  world: World,
  { action = 'branch', installation: installationId = INSTALLATION, ...input }: Deploy,
): Promise<Deployed> {
  const { id } = world.twin.createDeployment({
    ...input,
    connections: [connection({ installationId, resourceId: RESOURCE, actions: [action] })],
  });
  return eventually(async () => {
    const { body } = await world.api(`/api/v1/actions?deployment=${id}`);
    const [found] = body.items;
    return found && { deployment: id, action: found.id as string };
  });
}

async function reached(world: World, action: string, states: readonly string[]): Promise<void> {
  await eventually(async () => states.includes((await world.api(`/api/v1/actions/${action}`)).body.state));
}

/** Pixels by which the page is wider than the window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth');
}
