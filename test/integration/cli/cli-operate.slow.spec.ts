import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startCommand } from '../../support/processes.js';
import { ADMIN, eventually, INSTALLATION, VIEWER } from '../../support/world.js';
import { createCliWorld, widest, type CliWorld } from './cli-world.js';

/** The installed command line in its own processes, against a real running Drawbridge. */
let world: CliWorld;
let good: { deployment: string; resource: string; id: string; key: string };
let bad: { deployment: string; resource: string; id: string };
beforeAll(async () => {
  world = await createCliWorld();
  // The deployments are sequential: simultaneous webhooks share a transaction and have the same age.
  const one = await world.deploy([['ready']]);
  const { id, key } = await world.rested(one.deployment, 'succeeded');
  good = { ...one, id, key: key as string };
  const two = await world.deploy([['permanent', 'scripted-db: no room left']]);
  bad = { ...two, id: (await world.rested(two.deployment, 'failed')).id };
});
afterAll(() => world?.close());

describe('actions list', () => {
  it('prints the newest first in a table of 80 columns', async () => {
    const { code, stdout, stderr } = await world.run(['actions', 'list']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ID +STATE +AGE +ACTION +DEPLOYMENT$/);
    expect(lines.slice(1).map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      [bad.id, 'failed'],
      [good.id, 'succeeded'],
    ]);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
  });

  it('passes every filter to the API', async () => {
    const idsOf = async (...filter: string[]): Promise<string[]> =>
      (await world.json(['actions', 'list', ...filter])).items.map(({ id }: { id: string }) => id);
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const both = [bad.id, good.id];
    expect(await idsOf('--state', 'failed,queued')).toEqual([bad.id]);
    expect(await idsOf('--outcome', 'succeeded')).toEqual([good.id]);
    expect(await idsOf('--action', 'scripted', '--installation', INSTALLATION)).toEqual(both);
    expect(await idsOf('--resource', good.resource)).toEqual([good.id]);
    expect(await idsOf('--deployment', bad.deployment)).toEqual([bad.id]);
    expect(await idsOf('--project', 'shop', '--git-ref', 'feature/x')).toEqual(both);
    expect(await idsOf('--git-ref', 'main')).toEqual([]);
    expect(await idsOf('--since', tomorrow)).toEqual([]);
    expect(await idsOf('--until', tomorrow)).toEqual(both);
  });

  it('reports further entries', async () => {
    expect(await world.json(['actions', 'list', '--limit', '1'])).toMatchObject({
      items: [{ id: bad.id }],
      next: expect.any(String),
    });
    const { stdout } = await world.run(['actions', 'list', '--limit', '1']);
    expect(stdout).toMatch(/\n\nthe first 1; --limit or --all show more\n$/);
  });
});

describe('actions show', () => {
  it('prints all fields of an action, by its id or its deployment', async () => {
    const { stdout, code } = await world.run(['actions', 'show', bad.deployment]);
    expect(code).toBe(0);
    expect(stdout).toContain(`action        scripted, ${bad.id}\n`);
    expect(stdout).toMatch(/^status +scripted-db: no room left$/m);
    expect(stdout).toMatch(/^git ref +feature\/x$/m);
    expect(stdout).toMatch(
      /^TRANSITIONS\nAGE +EVENT +FROM +TO +ACTOR +REASON\n\d+[sm] +start +none +queued +vercel/m,
    );
    expect(stdout).toMatch(/^WEBHOOKS\nID .*\n[0-9a-f-]{36} +\d+[sm] +action.start/m);
    expect(stdout).toMatch(/^CALLS TO VERCEL\n.*\n\d+[sm] +\w+ +20\d +\d+ ms +1/m);
    const detail = await world.json(['actions', 'show', good.id]);
    expect(detail).toMatchObject({ id: good.id, state: 'succeeded', allocation: { key: good.key } });
  });

  it('reports an unknown action or deployment', async () => {
    const unknown = await world.run(['actions', 'show', 'dpl_unknown']);
    expect(unknown).toMatchObject({ code: 4, stdout: '' });
    expect(unknown.stderr).toBe(
      'actions: dpl_unknown is neither the id of an action nor of a deployment with an action\n',
    );
    const { code, stderr } = await world.run(['actions', 'show', crypto.randomUUID()]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^drawbridge: not found \(404\): /);
  });
});

describe('operator commands', () => {
  it('retry a failed action with the reason in the audit, and report a wrong state', async () => {
    const { deployment } = await world.deploy([['permanent', 'not yet']]);
    const { id } = await world.rested(deployment, 'failed');
    // Vercel has received no report.
    await world.sql(`UPDATE action SET failure_report = 'none' WHERE id = $1`, [id]);
    const release = await world.run(['actions', 'release', id, '--reason', 'too early']);
    expect(release.code).toBe(4);
    expect(release.stderr).toMatch(
      /^drawbridge: the current state does not allow this \(409\): .*; allowed in: reporting, succeeded\n$/,
    );
    const retried = await world.run(['actions', 'retry', id, '--reason', 'there is room again']);
    expect(retried).toMatchObject({ code: 0, stdout: `action ${id}: queued\n` });
    await eventually(async () => (await world.actionOf(deployment))?.reason === 'deployment-settled');
    const { transitions } = await world.json(['actions', 'show', id]);
    expect(transitions).toContainEqual(
      expect.objectContaining({ event: 'retry', actor: 'operator:alice', reason: 'there is room again' }),
    );
  });

  it('release a succeeded action', async () => {
    const { deployment } = await world.deploy([['ready']]);
    const { id } = await world.rested(deployment, 'succeeded');
    const released = await world.json(['actions', 'release', deployment, '--reason', 'done with it']);
    expect(released).toMatchObject({ id, state: 'releasing' });
    await world.rested(deployment, 'released');
  });

  it('explain that a retry has no effect after Vercel accepted the failure', async () => {
    const { deployment } = await world.deploy([['permanent', 'no room']]);
    await world.rested(deployment, 'failed');
    const { code, stderr } = await world.run(['actions', 'retry', deployment, '--reason', 'there is room']);
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /\(409\): action \S+ is failed; Vercel accepted .*Ask the customer to redeploy\.\n$/,
    );
    const { stdout } = await world.run(['actions', 'show', deployment]);
    expect(stdout).toMatch(/^retry +no: Vercel accepted `failed`.*redeploy\.$/m);
    expect(stdout).not.toMatch(/^deadline/m);
  });

  it('cancel an action in progress', async () => {
    const { deployment } = await world.deploy([['pending-late', 'waiting']]);
    await world.rested(deployment, 'provisioning');
    const { code, stdout } = await world.run(['actions', 'cancel', deployment, '--reason', 'not needed']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^action [0-9a-f-]{36}: failing\n$/);
    expect((await world.rested(deployment, 'failed')).reason).toBe('canceled-by-operator');
  });

  it('require a reason', async () => {
    for (const args of [
      ['actions', 'retry', bad.id],
      ['deliveries', 'replay', bad.id],
    ]) {
      const { code, stderr } = await world.run(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: required option '--reason <text>' not specified/);
    }
  });

  it('are refused without the required role', async () => {
    const { code, stderr } = await world.run(['actions', 'retry', bad.id, '--reason', 'x'], {
      ...world.client,
      DRAWBRIDGE_TOKEN: VIEWER,
    });
    expect(code).toBe(4);
    expect(stderr).toBe(
      'drawbridge: not allowed (403): this request requires the role operator; vera has the role viewer\n',
    );
  });
});

describe('deliveries', () => {
  it('are listed, shown with body and verdict, and replayed', async () => {
    const list = await world.run(['deliveries', 'list', '--deployment', good.deployment]);
    expect(list.code).toBe(0);
    expect(list.stdout).toMatch(
      /^ID +RESULT +AGE +TYPE +DEPLOYMENT\n[0-9a-f-]{36} +recorded +\d+[sm] +action.start/,
    );
    expect(widest(list.stdout)).toBeLessThanOrEqual(80);
    const filter = `--installation ${INSTALLATION} --deployment ${good.deployment} --since 2026-01-01`;
    const start = '--type deployment.integration.action.start --result recorded';
    const { items } = await world.json(`deliveries list ${start} ${filter}`.split(' '));
    expect(items).toHaveLength(1);
    const id = items[0].id as string;
    const shown = await world.run(['deliveries', 'show', id]);
    expect(shown.stdout).toMatch(/^verdict +moved: start: none → queued$/m);
    expect(shown.stdout).toMatch(/\nBODY\n{\n {2}"id": "evt_/);
    expect(await world.json(['deliveries', 'show', id])).toMatchObject({ id, verdict: 'moved' });
    const replayed = await world.run(['deliveries', 'replay', id, '--reason', 'look again']);
    expect(replayed.stdout).toMatch(new RegExp(`^delivery [0-9a-f-]{36}: replays ${id}\n$`));
    expect(await world.json(['deliveries', 'show', id])).toMatchObject({ replays: [expect.any(String)] });
    expect(await world.json(['deliveries', 'replay', id, '--reason', 'once more'])).toMatchObject({
      replayOf: id,
    });
  });
});

describe('allocations and installations', () => {
  it('are listed', async () => {
    const allocations = await world.run([
      'allocations',
      'list',
      '--state',
      'open',
      '--resource',
      good.resource,
    ]);
    expect(allocations.stdout).toMatch(
      /^KEY +STATE +AGE +HOLDERS +ACTION\n\S+ +open +\d+[sm] +1 +scripted\n$/,
    );
    const { items } = await world.json(['allocations', 'list', '--installation', INSTALLATION, '--all']);
    expect(items).toContainEqual(expect.objectContaining({ key: good.key, holders: [good.id] }));
    const installations = await world.run(['installations', 'list']);
    expect(installations.stdout).toMatch(
      /^ID +STATE +TOKEN +DOUBT +AGE +CHANGED\nicfg_1 +installed +yes +- +\d+[sm] +\d+[sm]\n$/,
    );
    expect(await world.json(['installations', 'list'])).toMatchObject({
      items: [{ id: INSTALLATION, hasAccessToken: true, removedAt: null }],
      next: null,
    });
  });
});

describe('a list of several pages', () => {
  const NUMBER = 450;
  beforeAll(() =>
    world.sql(`INSERT INTO installation (id) SELECT 'icfg_p' || n FROM generate_series(1, ${NUMBER}) n`),
  );
  afterAll(() => world.sql(`DELETE FROM installation WHERE id LIKE 'icfg_p%'`));

  it('is read up to the limit, or completely', async () => {
    const some = await world.json(['installations', 'list', '--limit', '300']);
    expect(new Set(some.items.map(({ id }: { id: string }) => id)).size).toBe(300);
    expect(some.next).toEqual(expect.any(String));
    const all = await world.json(['installations', 'list', '--all']);
    expect(new Set(all.items.map(({ id }: { id: string }) => id)).size).toBe(NUMBER + 1);
    expect(all.next).toBeNull();
  });
});

describe('the connection', () => {
  const list = (env: Record<string, string>, ...args: string[]) =>
    world.run(['actions', 'list', ...args], env);

  it('takes a token from a file, and the address from an option', async () => {
    const file = join(world.cwd, 'token');
    await writeFile(file, `${ADMIN}\n`);
    expect((await list({}, '--url', `${world.app.url}/`, '--token-file', file)).code).toBe(0);
    const absent = await list({}, '--token-file', `${file}.not`);
    expect(absent).toMatchObject({ code: 2, stderr: `--token-file ${file}.not: ENOENT\n` });
  });

  it('reports a missing or an invalid token', async () => {
    const none = await list({ DRAWBRIDGE_URL: world.app.url });
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/^no token: set DRAWBRIDGE_TOKEN/);
    const wrong = await list({ ...world.client, DRAWBRIDGE_TOKEN: 'wrong' });
    expect(wrong).toMatchObject({
      code: 4,
      stderr: 'drawbridge: the token is invalid (401): the token is not known\n',
    });
  });

  it('reports a server that is unreachable or not Drawbridge', async () => {
    const server = createServer((request, response) => {
      if (request.url?.includes('state=queued'))
        return response.setHeader('content-type', 'application/json').end('{"error":null}');
      const [status, type] = request.url?.includes('state=failed')
        ? [503, 'application/problem+json']
        : [200, 'text/html'];
      response.writeHead(status, { 'content-type': type, 'retry-after': '5' });
      response.end(status === 200 ? '<html>\u001b[31m' : JSON.stringify({ detail: 'the database is down' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { ...world.client, DRAWBRIDGE_URL: url };
    const other = await list(env);
    expect(other.code).toBe(3);
    expect(other.stderr).toBe(
      `drawbridge: ${url} answers 200 (text/html), not like Drawbridge: check the address\n`,
    );
    const json = await list(env, '--state', 'queued');
    expect([json.code, json.stderr]).toEqual([3, other.stderr.replace('text/html', 'application/json')]);
    const later = await list(env, '--state', 'failed');
    expect(later.code).toBe(3);
    expect(later.stderr).toBe(
      'drawbridge: temporarily unavailable (503): the database is down; try again in 5 s\n',
    );
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const unreachable = await list(env);
    expect(unreachable.code).toBe(3);
    expect(unreachable.stderr).toMatch(
      new RegExp(`^drawbridge: ${url} cannot be reached \\(ECONNREFUSED\\)`),
    );
    const user = await list({ ...env, DRAWBRIDGE_URL: url.replace('//', '//me:hidden@') });
    expect([user.code, user.stderr]).toEqual([2, expect.not.stringContaining('hidden')]);
  });

  it.each([
    ['an invalid address', ['--url', 'ftp://x'], '--url: "ftp://x" is not an http or https URL\n'],
    ['an invalid limit', ['--limit', '0'], /^error: option '--limit <n>' argument '0' is invalid. must be/],
    [
      'two limits',
      ['--limit', '1', '--all'],
      /^error: option '--all' cannot be used with option '--limit <n>'/,
    ],
  ])('exits with 2 for %s', async (_, args, message) => {
    const { code, stderr } = await list(world.client, ...args);
    expect(code).toBe(2);
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });

  it('exits with 4 for a filter that the server rejects', async () => {
    const { code, stderr } = await list(world.client, '--state', 'stuck');
    expect(code).toBe(4);
    expect(stderr).toMatch(/^drawbridge: the server answers 400: state: must be one or several of queued/);
  });
});

describe('the output', () => {
  it('ends quietly when its reader closes the pipe', async () => {
    const command = await startCommand(
      ['transitions', 'tail', '--since', '2026-01-01', '--json'],
      world.client,
      world.cwd,
    );
    command.stopReading();
    onTestFinished(() => command.signal('SIGKILL'));
    expect(await command.exited).toEqual({ code: 0, signal: null });
    expect(command.stderr()).toBe('');
  });

  it('is coloured only on request', async () => {
    expect((await world.run(['actions', 'list'], world.client)).stdout).not.toContain('\u001b[');
    const { NO_COLOR: _, ...env } = world.client;
    expect((await world.run(['actions', 'list'], env)).stdout).not.toContain('\u001b[');
    const forced = await world.run(['actions', 'list'], { ...env, FORCE_COLOR: '1' });
    expect(forced.stdout).toContain('\u001b[32msucceeded\u001b[39m');
  });
});
