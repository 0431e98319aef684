import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { embeddedPostgresDir, loadConfig } from './config.js';
import { ConfigError } from './problems.js';
import { describeConfig } from './secrets/redact.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const HASH = createHash('sha256').update('token').digest('hex');
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://app:db-password@db.internal:5432/drawbridge',
  VERCEL_CLIENT_SECRET: 'client-secret-new,client-secret-old',
  ENCRYPTION_KEYS: `k2:${KEY}`,
  OPERATOR_TOKENS: `alice:admin:${HASH}`,
  BRANCH_ADMIN_URL: 'postgres://admin:branch-password@db.internal/postgres',
};

let cwd: string;

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'drawbridge-config-'));
  await mkdir(join(cwd, 'config'));
  await writeActions(
    'actions: { branch: { provisioner: postgres-branch, config: { admin: "${BRANCH_ADMIN_URL}" } } }',
  );
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

const writeActions = (text: string): Promise<void> => writeFile(join(cwd, 'config', 'actions.yaml'), text);

function problemsOf(env: Record<string, string>): string[] {
  try {
    loadConfig(env, { cwd });
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('has a default for every setting outside production', () => {
    const config = loadConfig({}, { cwd, defaults: { BRANCH_ADMIN_URL: 'postgres://embedded' } });
    expect(config).toMatchObject({
      production: false,
      port: 3000,
      host: '0.0.0.0',
      databaseUrl: null,
      dataDir: join(cwd, '.drawbridge'),
      actionsFile: join(cwd, 'config', 'actions.yaml'),
      publicUrl: null,
      logLevel: 'info',
      warnings: [],
      vercel: {
        integrationId: null,
        apiUrl: 'https://api.vercel.com',
        marketplaceIssuer: 'https://marketplace.vercel.com',
        marketplaceJwksUrl: 'https://marketplace.vercel.com/.well-known/jwks',
      },
    });
    expect([...config.roles]).toEqual(['web', 'worker']);
    expect(config.actions.get('branch')?.config).toEqual({ admin: 'postgres://embedded' });
  });

  it('uses the values of the environment, without slashes at the ends of URLs', () => {
    const config = loadConfig(
      {
        ...PRODUCTION,
        ROLES: 'web',
        PORT: '0',
        VERCEL_API_URL: 'http://127.0.0.1:4000/',
        PUBLIC_URL: 'https://drawbridge.example.com/',
        VERCEL_INTEGRATION_ID: 'oac_1',
        OPERATOR_TOKEN: 'x',
      },
      { cwd, defaults: { DATABASE_URL: 'postgres://unused' } },
    );
    expect(config).toMatchObject({
      production: true,
      port: 0,
      databaseUrl: PRODUCTION.DATABASE_URL,
      publicUrl: 'https://drawbridge.example.com',
      vercel: {
        clientSecrets: ['client-secret-new', 'client-secret-old'],
        apiUrl: 'http://127.0.0.1:4000',
        integrationId: 'oac_1',
      },
      encryptionKeys: [{ id: 'k2', key: Buffer.alloc(32, 7) }],
      operatorTokens: [{ name: 'alice', role: 'admin', sha256: HASH, installations: null }],
      oidc: null,
      retention: { deliveriesMs: null, actionsMs: null },
      generated: [],
    });
  });

  it('warns of a variable whose name resembles a known one', () => {
    const env = { BRANCH_ADMIN_URL: 'x', VERCEL_CLIENT_SECRETS: 'hidden' };
    expect(loadConfig(env, { cwd }).warnings).toEqual([
      'environment: Drawbridge does not read VERCEL_CLIENT_SECRETS: did you mean VERCEL_CLIENT_SECRET?',
    ]);
  });

  it('reports every problem of environment and file in one message', async () => {
    await writeActions('actions: { branch: { provisoner: memory, config: { a: "${NOPE}" } } }');
    const lines = problemsOf({
      PORT: 'x',
      ROLES: 'wbe',
      ENCRYPTION_KEYS: 'a:b',
      OPERATOR_TOKENS: 'x:admin:y',
    });
    expect(lines).toEqual([
      expect.stringContaining('environment: PORT: "x"'),
      expect.stringContaining(
        'config/actions.yaml: actions.branch.provisoner: unknown key (did you mean "provisioner"?)',
      ),
      expect.stringContaining('config/actions.yaml: actions.branch.provisioner: must be'),
      expect.stringContaining(
        'config/actions.yaml: actions.branch.config.a: the environment variable NOPE is not set',
      ),
      expect.stringContaining(
        'environment: ROLES: "wbe" is not a role: the roles are web and worker (did you mean "web"?)',
      ),
      expect.stringContaining('environment: ENCRYPTION_KEYS[0]'),
      expect.stringContaining('environment: OPERATOR_TOKENS[0]'),
    ]);
    await expect(stat(join(cwd, '.drawbridge'))).rejects.toThrow('ENOENT');
  });

  it.each(['VERCEL_CLIENT_SECRET', 'DATABASE_URL', 'ENCRYPTION_KEYS', 'OPERATOR_TOKENS'] as const)(
    'does not start in production without %s',
    async (name) => {
      const { [name]: _, ...rest } = PRODUCTION;
      const expected = [
        expect.stringContaining(`environment: ${name}: is required with NODE_ENV=production`),
      ];
      expect(problemsOf(rest)).toEqual(expected);
      expect(problemsOf({ ...PRODUCTION, [name]: '' })).toEqual(expected);
      await expect(stat(join(cwd, '.drawbridge'))).rejects.toThrow('ENOENT');
    },
  );

  it('starts in production without OPERATOR_TOKENS if an identity provider is configured', () => {
    const { OPERATOR_TOKENS: _, ...rest } = PRODUCTION;
    const oidc = {
      OPERATOR_OIDC_ISSUER: 'https://id.example.com',
      OPERATOR_OIDC_AUDIENCE: 'drawbridge',
      OPERATOR_OIDC_ROLES: 'ops=admin',
    };
    const config = loadConfig({ ...rest, ...oidc }, { cwd });
    expect([config.operatorTokens, config.oidc?.roles.get('ops')]).toEqual([[], 'admin']);
    expect(describeConfig(config)['oidc']).toMatchObject({ roles: { ops: 'admin' } });
  });

  it('rejects the memory provisioner in production', async () => {
    await writeActions('actions: { branch: { provisioner: memory } }');
    expect(problemsOf(PRODUCTION)).toEqual([expect.stringContaining('actions.branch.provisioner: "memory"')]);
  });

  it('returns a configuration that cannot be changed', () => {
    const config = loadConfig(PRODUCTION, { cwd });
    expect(() => Object.assign(config.vercel, { apiUrl: 'x' })).toThrow(TypeError);
    expect(() => (config.actions as Map<string, unknown>).delete('branch')).toThrow(TypeError);
    expect(() => (config.roles as Set<string>).add('x')).toThrow(TypeError);
    expect(() => Object.assign(config.actions.get('branch')!.config, { admin: 'x' })).toThrow(TypeError);
  });

  it('reads the file named by ACTIONS_FILE', async () => {
    await writeFile(join(cwd, 'mine.yaml'), 'actions: { seed: { provisioner: memory } }');
    expect([...loadConfig({ ACTIONS_FILE: 'mine.yaml' }, { cwd }).actions.keys()]).toEqual(['seed']);
    expect(problemsOf({ ACTIONS_FILE: 'none.yaml' })[0]).toContain(
      `none.yaml: the file ${join(cwd, 'none.yaml')} does not exist`,
    );
  });

  it('reads the default file of the project', () => {
    const config = loadConfig(PRODUCTION);
    expect(config.actions.get('branch')).toMatchObject({
      provisioner: 'postgres-branch',
      scope: 'git-branch',
    });
  });
});

describe('development secrets', () => {
  const env = { BRANCH_ADMIN_URL: 'x' };

  it('are generated, shown, and reused at the next start', async () => {
    const first = loadConfig(env, { cwd });
    const second = loadConfig(env, { cwd });
    expect(first.generated.map(({ name, reused }) => [name, reused])).toEqual([
      ['VERCEL_CLIENT_SECRET', false],
      ['ENCRYPTION_KEYS', false],
      ['OPERATOR_TOKENS', false],
    ]);
    expect(second.generated.every(({ reused }) => reused)).toBe(true);
    expect(second.encryptionKeys).toEqual(first.encryptionKeys);
    expect(second.operatorTokens).toEqual(first.operatorTokens);
    expect((await stat(join(cwd, '.drawbridge', 'dev-secrets.json'))).mode & 0o777).toBe(0o600);
  });

  it('include the token of an admin, checked by its hash', () => {
    const { generated, operatorTokens } = loadConfig(env, { cwd });
    const token = generated.find(({ name }) => name === 'OPERATOR_TOKENS')?.value ?? '';
    const sha256 = createHash('sha256').update(token).digest('hex');
    expect(operatorTokens).toEqual([{ name: 'developer', role: 'admin', sha256, installations: null }]);
  });

  it('are not used for variables that the environment sets', () => {
    const config = loadConfig({ ...PRODUCTION, NODE_ENV: 'test', OPERATOR_TOKENS: '' }, { cwd });
    expect(config.generated.map(({ name }) => name)).toEqual(['OPERATOR_TOKENS']);
    expect(config.vercel.clientSecrets).toEqual(['client-secret-new', 'client-secret-old']);
  });

  it.each(['', '{"secret": "hidden"', '{"ENCRYPTION_KEYS":"hidden"}', '[]', 'null'])(
    'are rejected in a file with %j, which the message does not quote',
    async (text) => {
      await mkdir(join(cwd, '.drawbridge'));
      const file = join(cwd, '.drawbridge', 'dev-secrets.json');
      await writeFile(file, text);
      const [line] = problemsOf(env);
      expect(line).toContain(`${file}: does not hold VERCEL_CLIENT_SECRET, ENCRYPTION_KEYS, OPERATOR_TOKEN`);
      expect(line).not.toContain('hidden');
      expect(await readFile(file, 'utf8')).toBe(text);
    },
  );
});

describe('describeConfig', () => {
  it('shows settings without secrets', () => {
    const text = JSON.stringify(describeConfig(loadConfig(PRODUCTION, { cwd })));
    for (const shown of ['db.internal', '"k2"', 'alice', '"admin"', 'postgres-branch', '***'])
      expect(text).toContain(shown);
    for (const secret of ['db-password', 'branch-password', 'client-secret', KEY, HASH]) {
      expect(text).not.toContain(secret);
    }
    const generated = loadConfig({ BRANCH_ADMIN_URL: 'x' }, { cwd });
    const described = JSON.stringify(describeConfig(generated));
    for (const { value } of generated.generated) expect(described).not.toContain(value);
  });
});

describe('embeddedPostgresDir', () => {
  it.each([
    [{}, true],
    [{ NODE_ENV: 'test', DATABASE_URL: '' }, true],
    [{ DATABASE_URL: 'postgres://x' }, false],
    [{ NODE_ENV: 'production' }, false],
    [{ NODE_ENV: 'prodution' }, false],
  ])('returns a folder for %j: %j', (env, expected) => {
    expect(embeddedPostgresDir(env, '/srv')).toBe(expected ? '/srv/.drawbridge' : null);
  });
});
