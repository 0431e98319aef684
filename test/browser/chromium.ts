import { WAIT_MS } from '../support/wait.js';
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @throws Error with the places that were searched for a browser */
export async function startBrowser(): Promise<Browser> {
  const named = process.env['CHROMIUM'];
  const executablePath = [named, ...PLACES].find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined)
    throw new Error(
      `there is no Chromium at ${PLACES.join(', ')}: install one, or name it with CHROMIUM=/path/to/it`,
    );
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Runs in the page, before its own scripts. */
const TELL_POLICY = `addEventListener('securitypolicyviolation', (event) =>
  console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sourceFile))`;

/** A page that records errors, violations of its policy, and requests to other origins. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts, violations of the policy, and requests to other origins, as texts. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** @param allowed origins that the page may call */
export async function openPage(
  browser: Browser,
  allowed: readonly string[],
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // The browser logs every answer other than 2xx. Some tests cause such answers on purpose.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && !allowed.includes(origin)) complaints.push(`request to ${request.url()}`);
  });
  await page.addInitScript({ content: TELL_POLICY });
  return { page, complaints, close: () => context.close() };
}
