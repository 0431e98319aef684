import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApplication } from '../../../src/boot/create-app.js';
import { loadConfig } from '../../../src/config/config.js';
import { runDrawbridge } from '../../support/processes.js';
import { ACTIONS, connection, createWorld, type World, WAIT_MS } from '../../support/world.js';

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;
const [OLD, NEW] = [key('old'), key('new')];

describe('drawbridge keys', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ actions: ACTIONS.memory, env: { ENCRYPTION_KEYS: OLD } });
  });
  afterAll(() => world?.close());

  const keys = async (command: string, encryptionKeys: string, ...more: string[]) => {
    const env = { ...world.env, ENCRYPTION_KEYS: encryptionKeys };
    const { code, stdout, stderr } = await runDrawbridge(['keys', command, ...more], env, '/');
    return { code, stderr, stdout };
  };
  const json = async (command: string, encryptionKeys: string) => {
    const { code, stdout, stderr } = await keys(command, encryptionKeys, '--json');
    return { code, stderr, ...JSON.parse(stdout) };
  };
  const deploy = async (): Promise<void> => {
    const { id } = world.twin.createDeployment({
      project: 'shop',
      gitRef: 'main',
      connections: [connection()],
    });
    expect((await world.twin.waitFor(id, WAIT_MS)).state).toBe('ready');
  };

  it('encrypts everything with the first key, so that the old one can be removed', async () => {
    await deploy();
    expect(await json('list', `${NEW},${OLD}`)).toMatchObject({
      code: 0,
      current: 'new',
      keys: [
        { id: 'new', held: true, tokens: 0, seeds: 0 },
        { id: 'old', held: true, tokens: 1, seeds: 1 },
      ],
    });
    const before = await world.sql<{ sealed_token: Buffer }>('SELECT sealed_token FROM installation');

    const { code, stdout } = await keys('rotate', `${NEW},${OLD}`);
    expect(stdout).toContain(
      'encrypted again with new: 1 token(s), 1 seed(s)\nthe key old is no longer in use',
    );
    expect(code).toBe(0);
    expect(await world.sql('SELECT sealed_token FROM installation')).not.toEqual(before);
    expect(await json('list', NEW)).toMatchObject({
      code: 0,
      keys: [{ id: 'new', held: true, tokens: 1, seeds: 1 }],
    });
    expect(await json('rotate', NEW)).toMatchObject({ code: 0, resealed: { tokens: 0, seeds: 0 } });
  });

  it('reports values that cannot be decrypted, and leaves them unchanged', async () => {
    const found = await json('list', OLD);
    expect(found).toMatchObject({ code: 1, keys: [{ id: 'old' }, { id: 'new', held: false, tokens: 1 }] });
    const { code, problems, resealed } = await json('rotate', OLD);
    expect({ code, resealed }).toEqual({ code: 1, resealed: { tokens: 0, seeds: 0 } });
    expect(problems).toEqual([
      'sealing: installation:icfg_1:token needs the key "new", which ENCRYPTION_KEYS does not contain',
      expect.stringContaining('needs the key "new"'),
    ]);
    expect(await json('rotate', `${NEW},${OLD}`)).toMatchObject({ code: 0, problems: [] });
  });

  it('makes a server work with the new key only', async () => {
    await world.app.stop();
    const app = await startApplication(loadConfig({ ...world.env, ENCRYPTION_KEYS: NEW }), world.databaseUrl);
    world.twin.setWebhookUrl(`${app.url}/webhooks/vercel`);
    try {
      await deploy();
    } finally {
      await app.stop();
    }
  });
});
