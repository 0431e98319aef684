import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPluginWorld, type PluginWorld } from '../../support/plugin-world.js';
import { eventually, SECRET, TOKEN } from '../../support/world.js';

/** One secret of each kind, planted where it belongs. No page may contain any. */
const CANARY = {
  backend: 'canary-password-of-the-backend',
  secret: 'canary-secret-of-a-deployment',
  handle: 'canary-in-a-handle',
  operator: 'canary in an operator’s reason',
  client: SECRET,
  token: TOKEN,
};
const PUBLIC_URL = 'https://bridge.example/path';
const ACTIONS = `actions:
  tells:
    name: Branch <the> database
    provisioner: telltale-db
    config: { admin: 'postgres://admin:${CANARY.backend}@backend.example/db' }
  tells-briefly:
    provisioner: telltale-db
    deadline: 6s
    config: { admin: 'postgres://admin:${CANARY.backend}@backend.example/db' }
`;

let world: PluginWorld;
/** Every served page. */
const pages: string[] = [];
beforeAll(async () => {
  world = await createPluginWorld({ actions: ACTIONS, env: { PUBLIC_URL } });
});
afterAll(() => world.close());

async function deploy(way: string, action = 'tells'): Promise<string> {
  const settings = { way, secret: `postgres://u:${CANARY.secret}@db/x`, note: CANARY.handle };
  const connections = [await world.connect(action, settings)];
  return world.twin.createDeployment({ project: 'shop', gitRef: 'feat/<b>', connections }).id;
}

/** Waits for the link that Vercel shows to the person who deploys. */
const linkOf = (deployment: string): Promise<string> =>
  eventually(() => world.twin.deployment(deployment)?.actions[0]?.statusUrl ?? undefined);

async function open(link: string): Promise<{ status: number; html: string; headers: Headers }> {
  const answer = await fetch(link.replace(PUBLIC_URL, world.app.url));
  const html = await answer.text();
  pages.push(html);
  return { status: answer.status, html, headers: answer.headers };
}

const showsText = (link: string, text: string): Promise<unknown> =>
  eventually(async () => (await open(link)).html.includes(text));

describe('the status page', () => {
  it('is linked by Vercel, and follows the action until the deployment continues', async () => {
    const deployment = await deploy('is ready');
    const link = await linkOf(deployment);
    expect(link).toMatch(/^https:\/\/bridge\.example\/path\/status\/[A-Za-z0-9_-]{43}$/);
    await showsText(link, 'Branch &lt;the&gt; database: ready, the deployment continues');
    const { html, status } = await open(link);
    expect(status).toBe(200);
    for (const part of ['requested by Vercel', 'Vercel continues the deployment', 'made ***'])
      expect(html).toContain(part);
    for (const part of ['feat/&lt;b&gt;', 'shop', deployment]) expect(html).toContain(part);
    expect(html).not.toContain('http-equiv');
  });

  it('shows progress, refreshes itself without scripts, and shows how long Vercel waits', async () => {
    const link = await linkOf(await deploy('hangs'));
    await showsText(link, 'Branch &lt;the&gt; database: in progress');
    const { html } = await open(link);
    expect(html).toContain('asking postgres://admin:***@backend.example/db');
    expect(html).toContain('Vercel waits until');
    expect(html).toMatch(/<noscript>\s*<meta http-equiv="refresh" content="3" \/>\s*<\/noscript>/);
  });

  it('is reported to Vercel while the first call of a provisioner is running', async () => {
    const deployment = await deploy('hangs at once');
    await linkOf(deployment);
    const [report] = world.twin.deployment(deployment).actions[0]?.reports ?? [];
    expect(report).toMatchObject({ status: 'running', statusText: 'Branch <the> database: in progress' });
    const { id } = (await world.actionOf(deployment)) as { id: string };
    expect((await world.api(`/api/v1/actions/${id}`)).body.statusUrl).toBe(report?.statusUrl);
  });

  it('shows the reason of a failure and the remedy', async () => {
    const permanent = await linkOf(await deploy('fails'));
    await showsText(permanent, 'Branch &lt;the&gt; database: failed');
    expect((await open(permanent)).html).toContain('no room on postgres://admin:***@backend.example/db');
    expect((await open(permanent)).html).toContain('fix the problem described above');
    const late = await linkOf(await deploy('breaks', 'tells-briefly'));
    await showsText(late, 'It was not ready within the time limit of Vercel.');
  });

  it('shows a cancel, but neither its operator nor its reason', async () => {
    const running = await deploy('hangs');
    const link = await linkOf(running);
    world.twin.cancel(running);
    await showsText(link, 'canceled, its resources are being removed');
    const failed = await deploy('fails');
    const { id } = await world.rested(failed, 'failing');
    await world.api(`/api/v1/actions/${id}/cancel`, {
      method: 'POST',
      body: JSON.stringify({ reason: CANARY.operator }),
    });
    expect((await open(await linkOf(failed))).html).not.toContain('alice');
  });

  it('responds 404 without a valid token', async () => {
    const link = await linkOf(await deploy('is ready'));
    const [base, token] = [link.slice(0, -43), link.slice(-43)];
    const wrong = token.startsWith('A') ? `B${token.slice(1)}` : `A${token.slice(1)}`;
    for (const other of [wrong, token.slice(1), randomUUID(), '%00', 'x'.repeat(90), `${token}/`]) {
      const { status, html } = await open(`${base}${other}`);
      expect([other, status]).toEqual([other, 404]);
      expect(html).not.toContain('feat/');
    }
  });

  it('shows an error page that refreshes itself while the database cannot be read', async () => {
    const link = await linkOf(await deploy('is ready'));
    await world.sql('ALTER TABLE transition RENAME TO transition_moved');
    const { status, html, headers } = await open(link);
    await world.sql('ALTER TABLE transition_moved RENAME TO transition');
    expect(status).toBe(500);
    expect(html).toContain('This page refreshes automatically.');
    expect(html).toContain('http-equiv="refresh"');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await open(link)).status).toBe(200);
  });

  it('forbids browsers to load, frame, index, cache or forward anything', async () => {
    const { headers, html } = await open(await linkOf(await deploy('is ready')));
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-robots-tag')).toBe('noindex');
    expect(html).not.toMatch(/style="|<style|<script>|\son\w+=/);
    for (const [name, type] of [
      ['status.css', 'text/css'],
      ['status.js', 'text/javascript'],
    ] as const) {
      const answer = await fetch(`${world.app.url}/status/assets/${name}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
    }
  });

  it('contains no secret, nor do the reports to Vercel', () => {
    expect(pages.length).toBeGreaterThan(10);
    const reports = JSON.stringify(world.twin.log().map((entry) => ({ ...entry, secrets: null })));
    for (const [kind, canary] of Object.entries(CANARY)) {
      expect(
        pages.filter((page) => page.includes(canary)),
        kind,
      ).toEqual([]);
      if (kind !== 'secret') expect(reports.includes(canary), kind).toBe(false);
    }
  });
});
