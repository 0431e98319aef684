import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, INSTALLATION, RESOURCE, SECRET } from '../../support/world.js';
import { createCliWorld, type CliWorld } from './cli-world.js';

/** Commands without an operator's token, which use the configuration of this folder and webhooks. */
let world: CliWorld;
beforeAll(async () => {
  world = await createCliWorld();
});
afterAll(() => world?.close());

const parts = (deployment: string): string[] =>
  `--installation ${INSTALLATION} --resource ${RESOURCE} --action scripted --deployment ${deployment}`.split(
    ' ',
  );

describe('send', () => {
  const send = (args: string[], env: Record<string, string> = {}, input?: string) =>
    world.run(
      ['send', ...args],
      { DRAWBRIDGE_URL: world.app.url, VERCEL_CLIENT_SECRET: SECRET, ...env },
      input,
    );

  it('signs an event as Vercel does, which the server records once', async () => {
    const args = ['--type', 'start', ...parts('dpl_sent'), '--id', 'evt_sent'];
    const first = await send(args);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^send: event evt_sent was recorded, delivery [0-9a-f-]{36}\n$/);
    const again = JSON.parse((await send([...args, '--json'])).stdout);
    expect(again).toMatchObject({
      event: 'evt_sent',
      type: 'deployment.integration.action.start',
      result: 'duplicate',
    });
    const { items } = await world.json(['deliveries', 'list', '--deployment', 'dpl_sent']);
    expect(items).toMatchObject([{ eventId: 'evt_sent', times: 2, actor: 'vercel' }]);
  });

  it('sends a payload of any type from a file or from its input', async () => {
    const payload = JSON.stringify({ configuration: { id: 'icfg_9' } });
    const file = join(world.cwd, 'payload.json');
    await writeFile(file, payload);
    expect((await send(['--type', 'marketplace.invoice.paid', '--payload', file])).stdout).toMatch(
      /was ignored/,
    );
    const piped = await send(['--type', 'removed', '--payload', '-'], {}, payload);
    expect(piped).toMatchObject({ code: 0, stdout: expect.stringMatching(/was recorded/) });
    expect((await send(['--type', 'removed', '--installation', 'icfg_9'])).code).toBe(0);
  });

  it('reads the secret from a file, and reports a wrong one', async () => {
    const file = join(world.cwd, 'secret');
    await writeFile(file, `${SECRET}\n`);
    const args = ['--type', 'cancel', ...parts('dpl_sent')];
    const good = await send([...args, '--secret-file', file], { VERCEL_CLIENT_SECRET: '' });
    expect(good.code).toBe(0);
    const wrong = await send(args, { VERCEL_CLIENT_SECRET: 'another' });
    expect(wrong).toMatchObject({
      code: 4,
      stderr: 'drawbridge: the signature is invalid (401): x-vercel-signature does not match the body\n',
    });
  });

  it.each([
    ['no type', [], /^error: required option '--type <type>'/],
    [
      'a missing part',
      ['--type', 'start', '--action', 'a'],
      /requires --installation, --resource, --deployment, or --payload/,
    ],
    [
      'a payload beside a part',
      ['--type', 'start', '--payload', 'x', '--action', 'a'],
      /cannot be used with option/,
    ],
    [
      'a missing payload file',
      ['--type', 'start', '--payload', '/nowhere'],
      /^send: --payload \/nowhere: ENOENT$/m,
    ],
  ])('exits with 2 for %s', async (_, args, message) => {
    const { code, stderr } = await send(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('requires a secret, and uses the development secret except in production', async () => {
    const args = ['--type', 'cleanup', ...parts('dpl_sent')];
    const none = await send(args, { VERCEL_CLIENT_SECRET: '' });
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/^send: no client secret/);
    const folder = join(world.cwd, '.drawbridge');
    await mkdir(folder);
    const kept = { VERCEL_CLIENT_SECRET: SECRET, ENCRYPTION_KEYS: 'k', OPERATOR_TOKEN: 't' };
    await writeFile(join(folder, 'dev-secrets.json'), JSON.stringify(kept));
    try {
      expect((await send(args, { VERCEL_CLIENT_SECRET: '' })).code).toBe(0);
      const production = { VERCEL_CLIENT_SECRET: '', NODE_ENV: 'production' };
      expect((await send(args, production)).code).toBe(2);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('config print', () => {
  const KEY = () => (world.env['ENCRYPTION_KEYS'] as string).split(':')[1] as string;

  it('prints every setting with its source, and no secret', async () => {
    const env = { ...world.env, PUBLIC_URL: 'https://who:hidden-word@drawbridge.example.com' };
    const { code, stdout } = await world.run(['config', 'print'], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^VERCEL_CLIENT_SECRET +environment +\*\*\* \(1\)$/m);
    expect(stdout).toMatch(/^ENCRYPTION_KEYS +environment +\*\*\* \(test\)$/m);
    expect(stdout).toMatch(/^OPERATOR_TOKENS +environment +\*\*\* \(alice: admin, vera: viewer\)$/m);
    expect(stdout).toMatch(/^PUBLIC_URL +environment +https:\/\/who:\*\*\*@drawbridge.example.com\/$/m);
    expect(stdout).toMatch(/^VERCEL_MARKETPLACE_ISSUER +default +https:\/\/marketplace.vercel.com$/m);
    expect(stdout).toMatch(/^VERCEL_INTEGRATION_ID +- +-$/m);
    expect(stdout).toMatch(/^scripted +scripted-db +deployment +170 s$/m);
    const json = await world.run(['config', 'print', '--json'], env);
    const { settings, actions, problems } = JSON.parse(json.stdout);
    expect(settings).toContainEqual({ name: 'PORT', value: '0', from: 'environment' });
    expect(actions).toContainEqual(expect.objectContaining({ slug: 'scripted', config: { dir: '***' } }));
    expect(problems).toEqual([]);
    const password = new URL(world.databaseUrl).password;
    const hashes = (world.env['OPERATOR_TOKENS'] as string)
      .split(/[:,]/)
      .filter((part) => part.length === 64);
    expect(hashes).toHaveLength(2);
    for (const secret of [SECRET, KEY(), ADMIN, password, 'hidden-word', ...hashes]) {
      expect(stdout).not.toContain(secret);
      expect(json.stdout).not.toContain(secret);
    }
  });

  it('prints problems, and exits with 1', async () => {
    const { code, stdout } = await world.run(['config', 'print'], {
      ...world.env,
      PORT: 'many',
      OPERATOR_TOKEN: 'x',
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^problem: environment: PORT: "many" is not a port number/m);
  });

  it('creates and starts nothing on a developer’s machine', async () => {
    const env = { ACTIONS_FILE: world.env['ACTIONS_FILE'] as string };
    const { stdout } = await world.run(['config', 'print'], env);
    expect(stdout).toMatch(/^DATABASE_URL +default +embedded, in .drawbridge$/m);
    expect(stdout).toMatch(/^ENCRYPTION_KEYS +- +-$/m);
    expect(await readdir(world.cwd)).not.toContain('.drawbridge');
  });
});

describe('actions declare', () => {
  it("prints the entries for the Integration Console without the plugins' variables", async () => {
    const file = join(world.cwd, 'declared.yaml');
    await writeFile(
      file,
      'actions:\n  branch: { name: Branch the database, provisioner: acme-db, suggest: [preview, staging], config: { admin: "${NOT_SET}" } }\n  seed: { provisioner: acme-db }\n',
    );
    const { code, stdout } = await world.run(['actions', 'declare'], { ACTIONS_FILE: file });
    expect(code).toBe(0);
    expect(stdout).toContain(
      'Slug:         branch\nName:         Branch the database\nSuggestions:  preview, staging\n\nSlug:         seed\n',
    );
    const json = await world.run(['actions', 'declare', '--json'], { ACTIONS_FILE: file });
    expect(JSON.parse(json.stdout)).toEqual([
      { slug: 'branch', name: 'Branch the database', suggestions: ['preview', 'staging'] },
      { slug: 'seed', name: 'seed', suggestions: [] },
    ]);
  });

  it('reports problems of the file', async () => {
    const file = join(world.cwd, 'undeclared.yaml');
    await writeFile(file, 'actions:\n  Branch: { provisioner: acme-db }\n');
    const { code, stderr } = await world.run(['actions', 'declare'], { ACTIONS_FILE: file });
    expect(code).toBe(1);
    expect(stderr).toMatch(/actions\.Branch: a slug has 1 to 63 lower-case letters/);
  });
});
