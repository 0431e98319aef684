import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createDataSource } from '../../../src/database/schema/data-source.js';
import { migrate } from '../../../src/database/schema/migrate.js';
import { startTwin } from '../../../src/twin/twin.js';
import { startPostgres } from '../../support/postgres.js';
import { compiled, runDrawbridge } from '../../support/processes.js';
import { ADMIN, INSTALLATION, SECRET, TOKEN } from '../../support/world.js';
import {
  createDoctorWorld,
  execute,
  namesOf,
  startTransactionPooler,
  startWrongClock,
  type DoctorWorld,
} from './doctor-world.js';

/** The installed command with a real PostgreSQL, a real plugin in a folder, and the twin of Vercel. */
let world: DoctorWorld;
beforeAll(async () => {
  await compiled();
  world = await createDoctorWorld();
});
afterAll(() => world?.close());

const ALL = [
  'environment',
  'actions',
  'operators',
  'public-url',
  'database',
  'database-clock',
  'migrations',
  'queue',
  'connections',
  'database-public',
  'listen',
  'keys',
  'plugin branch',
  'plugin files',
  'template',
  'vercel',
  'vercel-clock',
  'token',
];

interface Fault {
  /** As `name` or `name subject`. */
  failed: string;
  message: RegExp;
  /** The checks that are skipped because of it. */
  skipped?: string[];
}

/** Expects that exactly this check fails, and that every other possible check is ok. */
async function expectFault(
  env: Record<string, string>,
  { failed, message, skipped = [] }: Fault,
): Promise<void> {
  const { code, report, text } = await world.examine(env);
  const failures = report.checks.filter(({ status }) => status === 'failed');
  expect(failures, text).toHaveLength(1);
  expect(namesOf(failures)).toEqual([failed]);
  expect(failures[0]?.message).toMatch(message);
  expect(failures[0]?.advice).toMatch(/\w+ \w+/);
  expect(namesOf(report.checks.filter(({ status }) => status === 'skipped'))).toEqual(skipped);
  expect(report.checks.filter(({ status }) => status === 'warning')).toEqual([]);
  // The clock of an unreachable server cannot be checked.
  const seen = new Set([...report.checks.map(({ name }) => name), 'database-clock', 'vercel-clock']);
  expect(seen).toEqual(new Set(ALL.map((name) => name.split(' ')[0])));
  expect(code).toBe(1);
  expectNoSecret(text);
}

function expectNoSecret(text: string): void {
  const passwords = [world.env['DATABASE_URL'], world.template.url].map(
    (url) => new URL(url as string).password,
  );
  const key = (world.env['ENCRYPTION_KEYS'] as string).split(':')[1] as string;
  for (const secret of [TOKEN, ADMIN, SECRET, key, ...passwords]) expect(text).not.toContain(secret);
}

async function copied(): Promise<string> {
  const database = await world.copy();
  onTestFinished(() => database.drop());
  return database.url;
}

const newKey = () => randomBytes(32).toString('base64');

describe('drawbridge doctor', () => {
  it('reports every check of a healthy installation as ok, in JSON and as text', async () => {
    const { code, report, text } = await world.examine();
    const templated = ALL.map((name) => (name === 'template' ? `template ${world.template.name}` : name));
    expect(
      report.checks.filter(({ status }) => status !== 'ok'),
      text,
    ).toEqual([]);
    expect(namesOf(report.checks)).toEqual(templated);
    expect(report).toMatchObject({ ok: ALL.length, warning: 0, failed: 0, skipped: 0 });
    expect(code).toBe(0);
    expectNoSecret(text);
    const { stdout, stderr, code: again } = await runDrawbridge(['doctor'], { ...world.env }, world.cwd);
    expect({ stderr, again }).toEqual({ stderr: '', again: 0 });
    expect(stdout).toMatch(/^ok +keys +2 secret\(s\) can be decrypted with test$/m);
    expect(stdout).toMatch(/^ok +token +Vercel accepts the token of 1 installation\(s\)$/m);
    const docs = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
    const documented = [...docs.matchAll(/^\| `([a-z-]+)` /gm)].map(([, name]) => name);
    expect(new Set(documented), 'docs/cli.md').toEqual(new Set(report.checks.map(({ name }) => name)));
    expect(stdout).toMatch(/\ndoctor: 18 ok, 0 warning\(s\), 0 failed, 0 skipped\n$/);
  });

  it('reports an unreachable database', async () => {
    await expectFault(
      { DATABASE_URL: 'postgres://app:hidden-word@127.0.0.1:1/drawbridge' },
      {
        failed: 'database',
        message: /^the database cannot be reached: .*ECONNREFUSED/,
        skipped: ['migrations', 'queue', 'connections', 'database-public', 'listen', 'keys', 'token'],
      },
    );
  });

  describe('reports a database that refuses, and all other checks:', () => {
    const skippedAll = ['migrations', 'queue', 'connections', 'database-public', 'listen', 'keys', 'token'];

    /** Returns the URL of a copy with its own role, and a function that alters the role. */
    async function withRole(): Promise<{ url: string; alter(what: string): Promise<void> }> {
      const url = await copied();
      const role = `doctor_${randomBytes(4).toString('hex')}`;
      await execute(url, `CREATE ROLE ${role} LOGIN PASSWORD 'given-word'`);
      onTestFinished(() => execute(world.env['DATABASE_URL'] as string, `DROP ROLE ${role}`));
      const own = new URL(url);
      [own.username, own.password] = [role, 'given-word'];
      return { url: own.href, alter: (what) => execute(url, `ALTER ROLE ${role} ${what}`) };
    }

    it('when it is read-only', async () => {
      const url = await copied();
      const name = new URL(url).pathname.slice(1);
      await execute(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      await expectFault(
        { DATABASE_URL: url },
        { failed: 'database', message: /^the database is read-only: 25006: sessions are read-only$/ },
      );
    });

    it('when the connection string makes it read-only', async () => {
      const url = new URL(await copied());
      url.searchParams.set('options', '-c default_transaction_read_only=on');
      await expectFault(
        { DATABASE_URL: url.href },
        { failed: 'database', message: /^the database is read-only: / },
      );
    });

    it.each([
      [
        'when the role may not log in',
        'NOLOGIN',
        /^the database refuses the role, .*: 28000: role "doctor_\w+" is not permitted to log in$/,
      ],
      [
        'when the password is another',
        "PASSWORD 'another-word'",
        /^the database refuses the role, .*: 28P01: password authentication failed/,
      ],
      [
        'when the role has no free connection',
        'CONNECTION LIMIT 0',
        /^the database has no free connection: 53300: too many connections for role/,
      ],
    ])('%s', async (_, change, message) => {
      const { url, alter } = await withRole();
      await alter(change);
      await expectFault({ DATABASE_URL: url }, { failed: 'database', message, skipped: skippedAll });
    });

    it('when it does not exist', async () => {
      const url = new URL(world.env['DATABASE_URL'] as string);
      url.pathname = '/no_such_database';
      await expectFault(
        { DATABASE_URL: url.href },
        { failed: 'database', message: /^the database does not exist: 3D000: /, skipped: skippedAll },
      );
    });
  });

  it('reports a missing migration', async () => {
    const url = await copied();
    const database = await createDataSource(url, { name: 'undo', max: 1 }).initialize();
    await database.undoLastMigration();
    await database.destroy();
    await expectFault(
      { DATABASE_URL: url },
      { failed: 'migrations', message: /^the database lacks \w+\d+$/ },
    );
  });

  it('reports a database that a newer version has migrated', async () => {
    const url = await copied();
    await execute(
      url,
      `INSERT INTO drawbridge_migration (timestamp, name) VALUES (9e12, 'Later9000000000000')`,
    );
    await expectFault(
      { DATABASE_URL: url },
      { failed: 'migrations', message: /^a newer version has migrated the database: Later9000000000000$/ },
    );
  });

  it('reports a missing queue', async () => {
    const url = await copied();
    await execute(url, 'DROP SCHEMA pgboss CASCADE');
    await expectFault(
      { DATABASE_URL: url },
      { failed: 'queue', message: /^the schema pgboss .* does not exist$/ },
    );
  });

  it('reports a server with too few connections', async () => {
    const small = await startPostgres(['max_connections=20']);
    onTestFinished(() => small.stop());
    await migrate(small.url);
    await expectFault(
      { DATABASE_URL: small.url },
      {
        failed: 'connections',
        message: /^the database allows 17 connections, but one process opens up to 25$/,
      },
    );
  });

  it('reports a pooler that drops notifications', async () => {
    const pooler = await startTransactionPooler(world.env['DATABASE_URL'] as string);
    onTestFinished(() => pooler.close());
    await expectFault(
      { DATABASE_URL: pooler.url },
      { failed: 'listen', message: /^notifications do not arrive/ },
    );
  });

  it('reports an id whose key has been replaced', async () => {
    const { code, report, text } = await world.examine({ ENCRYPTION_KEYS: `test:${newKey()}` });
    const failures = report.checks.filter(({ status }) => status !== 'ok');
    expect(failures.map(({ name, subject, status }) => [name, subject, status])).toEqual([
      ['keys', 'test', 'failed'],
      ['keys', 'test', 'failed'],
      ['token', INSTALLATION, 'skipped'],
    ]);
    expect(failures[0]?.message).toMatch(
      /^1 seed\(s\) of allocations are encrypted with the key "test": .*does not open/,
    );
    expect(failures[1]?.message).toMatch(
      /^1 access token\(s\) are encrypted with the key "test": .*does not open/,
    );
    expect(code).toBe(1);
    expectNoSecret(text);
  });

  it('reports a missing key that is still in use', async () => {
    const { report } = await world.examine({ ENCRYPTION_KEYS: `new:${newKey()}` });
    const failures = report.checks.filter(({ status }) => status === 'failed');
    expect(namesOf(failures)).toEqual(['keys test', 'keys test']);
    expect(failures[0]?.message).toContain('needs the key "test", which ENCRYPTION_KEYS does not contain');
  });

  it('reports problems of the actions file, and checks its valid actions', async () => {
    const file = await world.actionsFile('wrong.yaml', `${world.actions}  third: { provisoner: memory }\n`);
    const { code, report, text } = await world.examine({ ACTIONS_FILE: file });
    const failures = report.checks.filter(({ status }) => status === 'failed');
    expect(new Set(failures.map(({ name }) => name)), text).toEqual(new Set(['actions']));
    expect(failures[0]?.message).toMatch(
      /wrong\.yaml: actions\.third\.provisoner: unknown key \(did you mean "provisioner"\?\)$/,
    );
    const healthy = namesOf(report.checks.filter(({ status }) => status === 'ok'));
    expect(healthy).toEqual(expect.arrayContaining(['plugin branch', 'plugin files', 'token']));
    expect(code).toBe(1);
  });

  it('reports an invalid variable', async () => {
    await expectFault(
      { LOG_LEVEL: 'laud' },
      { failed: 'environment', message: /^LOG_LEVEL "laud" is none of/ },
    );
  });

  it('reports an address that others cannot reach', async () => {
    await expectFault(
      { NODE_ENV: 'production', PUBLIC_URL: 'http://localhost:3000' },
      { failed: 'public-url', message: /^PUBLIC_URL is localhost/ },
    );
  });

  it('reports a plugin that is not installed', async () => {
    const text = world.actions.replace('provisioner: file-db', 'provisioner: acme-db');
    await expectFault(
      { ACTIONS_FILE: await world.actionsFile('absent.yaml', text) },
      { failed: 'plugin files', message: /^"acme-db" is neither a builtin .* nor a package installed in/ },
    );
  });

  it('reports a plugin whose check fails', async () => {
    const file = join(world.cwd, 'backend');
    await rename(file, `${file}.moved`);
    onTestFinished(() => rename(`${file}.moved`, file));
    await expectFault(
      {},
      { failed: 'plugin files', message: /^file-db: the check failed: file-db: the backend is not there$/ },
    );
  });

  it('warns of an admin that is a superuser, without failing', async () => {
    const text = world.actions.replace(/admin: "[^"]*"/, `admin: ${JSON.stringify(world.branches)}`);
    const { code, report } = await world.examine({
      ACTIONS_FILE: await world.actionsFile('super.yaml', text),
    });
    const warned = report.checks.filter(({ status }) => status === 'warning');
    expect(namesOf(warned)).toEqual(['plugin branch']);
    expect(warned[0]?.message).toMatch(/role "postgres" of the admin url is a superuser/);
    expect({ code, failed: report.failed }).toEqual({ code: 0, failed: 0 });
  });

  it('reports a template that the admin does not own', async () => {
    const { name } = world.template;
    await execute(world.branches, `ALTER DATABASE ${name} OWNER TO postgres`);
    onTestFinished(() => execute(world.branches, `ALTER DATABASE ${name} OWNER TO branch_admin`));
    await expectFault(
      {},
      {
        failed: 'plugin branch',
        message: new RegExp(`may not copy template "${name}"; .* OWNER TO "branch_admin"`),
      },
    );
  });

  it('reports a database of the admin URL to which every role may connect', async () => {
    await execute(world.branches, 'GRANT CONNECT ON DATABASE postgres TO PUBLIC');
    onTestFinished(() => execute(world.branches, 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC'));
    await expectFault(
      {},
      {
        failed: 'plugin branch',
        message: /run REVOKE CONNECT ON DATABASE "postgres" FROM PUBLIC as its owner/,
      },
    );
  });

  it('reports the connections to a template', async () => {
    const client = new pg.Client({
      connectionString: world.template.url,
      application_name: 'a psql left open',
    });
    await client.connect();
    onTestFinished(() => client.end());
    await expectFault(
      {},
      {
        failed: `template ${world.template.name}`,
        message: /is in use and cannot be copied: 1 by \w+ \(a psql left open\)$/,
      },
    );
  });

  it('reports an unreachable Vercel', async () => {
    const stopped = await startTwin({ webhookUrl: null, clientSecret: SECRET });
    const { url } = stopped;
    await stopped.close();
    await expectFault(
      { VERCEL_API_URL: url },
      {
        failed: 'vercel',
        message: new RegExp(`^${url} cannot be reached \\(ECONNREFUSED\\)$`),
        skipped: ['token'],
      },
    );
  });

  it('does not reveal the user part of an address', async () => {
    const stopped = await startTwin({ webhookUrl: null, clientSecret: SECRET });
    const { url } = stopped;
    await stopped.close();
    await expectFault(
      { VERCEL_API_URL: url.replace('//', '//proxy:hidden@') },
      {
        failed: 'vercel',
        message: new RegExp(`^${url}/ cannot be reached \\(ECONNREFUSED\\)$`),
        skipped: ['token'],
      },
    );
  });

  it('reports a wrong clock', async () => {
    const late = await startWrongClock(world.twin.url, -60_000);
    onTestFinished(() => late.close());
    await expectFault(
      { VERCEL_API_URL: late.url },
      { failed: 'vercel-clock', message: /^the clock of Vercel is (59|60|61) s behind this machine's$/ },
    );
  });

  it('reports an installation whose token was revoked', async () => {
    world.twin.install(INSTALLATION, 'another-token');
    onTestFinished(() => world.twin.install(INSTALLATION, TOKEN));
    await expectFault(
      {},
      {
        failed: `token ${INSTALLATION}`,
        message: new RegExp(`^vercel: does not accept the token of installation ${INSTALLATION} \\(401\\)`),
      },
    );
  });
});
