import type { Event } from '../state-machine/action-state.js';
import { html, type Html } from '../http/html.js';
import type { StatusRecord } from './status-record.js';
import type { StatusContent } from './status-content.js';

/** Refresh interval of browsers without scripts. */
const REFRESH_SECONDS = 3;

/** Renders the page. Works without scripts; the script only updates it. */
export function statusPage(record: StatusRecord, content: StatusContent): string {
  const { headline, text, advice, tone, settled } = content;
  const { steps, project, gitRef, deploymentId, id } = record;
  return page(
    headline,
    settled ? null : REFRESH,
    html`<main class="${tone}" data-settled="${String(settled)}">
      <h1 aria-live="polite">${headline}</h1>
      ${text === null ? null : html`<p class="text">${text}</p>`}
      ${advice === null ? null : html`<p class="advice">${advice}</p>`} ${timeLeft(record, content)}
      <ol>
        ${steps.map(({ event, at }) => html`<li>${time(at)} ${WORDS[event]}</li>`)}
      </ol>
      <dl>
        ${field('Project', project)} ${field('Branch', gitRef)} ${field('Deployment', deploymentId)}
        ${field('Reference', id)}
      </dl>
    </main>`,
  );
}

/** Renders the page for an invalid link: mistyped, of a purged action, or signed with a removed key. */
export function unknownPage(): string {
  return page(
    'Page not found',
    null,
    html`<main class="over">
      <h1>Page not found</h1>
      <p>This link is invalid or has expired: the action may have been removed after its retention period.</p>
    </main>`,
  );
}

/** Renders the page for a temporary failure, for example an outage of the database. */
export function unavailablePage(): string {
  return page(
    'One moment',
    REFRESH,
    html`<main class="working" data-settled="false">
      <h1 aria-live="polite">One moment</h1>
      <p>The status cannot be shown right now. This page refreshes automatically.</p>
    </main>`,
  );
}

const REFRESH = html`<noscript><meta http-equiv="refresh" content="${REFRESH_SECONDS}" /></noscript>`;

function page(title: string, refresh: Html | null, main: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="assets/status.css" />
        <script src="assets/status.js" type="module"></script>
        ${refresh}
      </head>
      <body>
        ${main}
      </body>
    </html> `.toString();
}

function timeLeft({ deadlineAt }: StatusRecord, { tone }: StatusContent): Html | null {
  if (tone !== 'working' || deadlineAt === null) return null;
  return html`<p class="left">Vercel waits until ${time(deadlineAt)}.</p>`;
}

const WORDS: Record<Event, string> = {
  start: 'requested by Vercel',
  begin: 'started',
  skip: 'nothing to do for this environment; reporting to Vercel',
  ready: 'ready; reporting to Vercel',
  accepted: 'Vercel continues the deployment',
  refused: 'Vercel rejected the result',
  fail: 'failed',
  retry: 'retried by the provider',
  cancel: 'canceled',
  abort: 'canceled by the provider',
  cleanup: 'Vercel no longer needs it',
  release: 'released by the provider',
  gone: 'removed',
};

/** Renders UTC; the script converts to the local time. */
function time(at: Date): Html {
  const iso = at.toISOString();
  return html`<time datetime="${iso}">${iso.slice(11, 19)} UTC</time>`;
}

const field = (name: string, value: string | null): Html | null =>
  value === null
    ? null
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`;
