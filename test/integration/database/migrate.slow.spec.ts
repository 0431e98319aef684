import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runMigration } from '../../support/processes.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase('migrate');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

/** As the Job runs it: production, from a folder without an actions file, and no secret but the database's. */
const migrateOnce = (url = database.url) =>
  runMigration({ NODE_ENV: 'production', DATABASE_URL: url }, tmpdir());

const waitingForTheLock = async (): Promise<number> => {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_locks WHERE mode = 'ShareUpdateExclusiveLock' AND NOT granted`,
  );
  return rows[0]?.n ?? 0;
};

async function bothWait(): Promise<void> {
  for (const limit = Date.now() + 30_000; Date.now() < limit;) {
    if ((await waitingForTheLock()) === 2) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('two migrations never stood before the lock');
}

const linesOf = (
  stdout: string,
): { event: string; migrations: string[]; roles: string; statement: string }[] =>
  stdout
    .trim()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { event: string; migrations: string[]; roles: string; statement: string },
    );

describe('main.js migrate', () => {
  it('takes the database from PUBLIC, keeps what has business there and what was granted by name, and does so once', async () => {
    const other = await createDatabase('closing');
    const admin = new pg.Client({ connectionString: other.url });
    await admin.connect();
    const id = other.name.slice(-12);
    const kinds = [
      'backup',
      'caller',
      'defaulted',
      'member',
      'named',
      'planter',
      'reader',
      'replica',
      'stranger',
    ];
    const all = kinds.map((name) => `${name}_${id}`);
    const [backup, caller, defaulted, member, named, planter, reader, replica, stranger] = all;
    const quoted = pg.escapeIdentifier(other.name);
    try {
      for (const role of all.filter((one) => one !== member)) await admin.query(`CREATE ROLE ${role} LOGIN`);
      await admin.query(`CREATE ROLE ${member} LOGIN NOINHERIT IN ROLE ${reader}`);
      await admin.query(`GRANT pg_read_all_data TO ${backup}; ALTER ROLE ${replica} REPLICATION`);
      await admin.query(`ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${defaulted}`);
      await admin.query(`CREATE FUNCTION theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
      await admin.query(`GRANT EXECUTE ON FUNCTION theirs() TO ${caller}`);
      // What every role that may connect can do, which gives it no business here.
      await admin.query(
        `SET ROLE ${planter}; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${stranger}`,
      );
      await admin.query(`CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; RESET ROLE`);
      await admin.query(`CREATE TABLE theirs (); GRANT SELECT ON theirs TO ${reader}`);
      await admin.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${quoted} TO ${named}`);
      const first = linesOf((await migrateOnce(other.url)).stdout);
      expect(first.map(({ event }) => event)).toEqual(['database-closed', 'database-migrated']);
      expect(first[0]?.roles.split(',').filter((role) => role.endsWith(id))).toEqual([
        backup,
        caller,
        defaulted,
        member,
        reader,
        replica,
      ]);
      const { rows } = await admin.query(
        `SELECT rolname AS role, has_database_privilege(oid, current_database(), 'CONNECT') AS connect,
           has_database_privilege(oid, current_database(), 'TEMPORARY') AS temporary
         FROM pg_roles WHERE rolname LIKE $1 ORDER BY 1`,
        [`%_${id}`],
      );
      expect(rows).toEqual([
        { role: backup, connect: true, temporary: false },
        { role: caller, connect: true, temporary: false },
        { role: defaulted, connect: true, temporary: false },
        { role: member, connect: true, temporary: false },
        { role: named, connect: true, temporary: true },
        { role: planter, connect: false, temporary: false },
        { role: reader, connect: true, temporary: false },
        { role: replica, connect: true, temporary: false },
        { role: stranger, connect: false, temporary: false },
      ]);
      expect(linesOf((await migrateOnce(other.url)).stdout).map(({ event }) => event)).toEqual([
        'database-migrated',
      ]);
    } finally {
      for (const role of all) await admin.query(`DROP OWNED BY ${role}`);
      await admin.query(`DROP ROLE ${all.join()}`);
      await admin.end();
      await other.drop();
    }
  });

  it('tells the owner of the database what to run, by which its own role is not locked out', async () => {
    const other = await createDatabase('owned');
    const admin = new pg.Client({ connectionString: other.url });
    await admin.connect();
    const [owner, worker] = ['owner', 'worker'].map((name) => `${name}_${other.name.slice(-12)}`);
    const url = new URL(other.url);
    [url.username, url.password] = [worker as string, 'worker'];
    try {
      await admin.query(`CREATE ROLE ${owner}; CREATE ROLE ${worker} LOGIN PASSWORD 'worker'`);
      await admin.query(`ALTER DATABASE ${pg.escapeIdentifier(other.name)} OWNER TO ${owner}`);
      await admin.query(`CREATE SCHEMA AUTHORIZATION ${worker}; GRANT ALL ON SCHEMA public TO ${worker}`);
      // The queue makes its schema itself.
      await admin.query(`CREATE SCHEMA pgboss AUTHORIZATION ${worker}`);
      const { stdout } = await migrateOnce(url.href);
      const [open] = linesOf(stdout);
      expect(open).toMatchObject({
        event: 'database-open',
        statement: expect.stringContaining(`TO "${worker}"`),
      });
      await admin.query(`SET ROLE ${owner}; ${open?.statement}; RESET ROLE`);
      const { rows } = await admin.query(
        `SELECT has_database_privilege($1, current_database(), 'CONNECT') AS own,
           EXISTS (SELECT FROM pg_database d, aclexplode(d.datacl) a
             WHERE d.datname = current_database() AND a.grantee = 0) AS anybody`,
        [worker],
      );
      expect(rows).toEqual([{ own: true, anybody: false }]);
    } finally {
      await admin.end();
      await other.drop();
      await client.query(`DROP ROLE ${owner}, ${worker}`);
    }
  });

  it('is safe in several processes at once that find an empty database', async () => {
    const empty = await createDatabase('empty');
    const results = await Promise.all([1, 2, 3].map(() => migrateOnce(empty.url)));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    const applied = results
      .flatMap(({ stdout }) => linesOf(stdout))
      .flatMap(({ migrations }) => migrations ?? []);
    expect(applied).toHaveLength(new Set(applied).size);
    await empty.drop();
  });

  it('is safe in several processes at once: one migrates, the others wait for it', async () => {
    // Held here until both stand before it, so that they meet for certain.
    await client.query(
      'CREATE TABLE drawbridge_migration (id serial PRIMARY KEY, "timestamp" bigint NOT NULL, name varchar NOT NULL)',
    );
    await client.query('BEGIN; LOCK TABLE drawbridge_migration IN SHARE UPDATE EXCLUSIVE MODE');
    const running = [migrateOnce(), migrateOnce()];
    await bothWait();
    await client.query('COMMIT');
    const results = await Promise.all(running);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    const said = results
      .flatMap(({ stdout }) => linesOf(stdout))
      .filter(({ event }) => event !== 'database-closed');
    expect(said.map(({ event }) => event)).toEqual(['database-migrated', 'database-migrated']);
    const [done, found] = said.map(({ migrations }) => migrations).sort((a, b) => b.length - a.length);
    expect(done?.[0]).toMatch(/^Skeleton\d+$/);
    expect(found).toEqual([]);
    const { rows } = await client.query<{ name: string; n: number }>(
      'SELECT name, count(*)::int AS n FROM drawbridge_migration GROUP BY name',
    );
    expect(rows.length).toBeGreaterThan(4);
    expect(rows.filter(({ n }) => n > 1)).toEqual([]);
  });

  it('lets those pass who come after it while it waits for a table that a backup reads', async () => {
    const backup = new pg.Client({ connectionString: database.url });
    await backup.connect();
    await client.query('ALTER TABLE action DROP COLUMN traceparent');
    await client.query(`DELETE FROM drawbridge_migration WHERE name LIKE 'Traces%'`);
    await backup.query('BEGIN');
    await backup.query('LOCK TABLE action IN ACCESS SHARE MODE');
    const running = migrateOnce();
    const stood = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'action'::regclass`;
    await expect.poll(async () => (await client.query(stood)).rowCount).toBe(1);
    const before = performance.now();
    await client.query('SELECT count(*) FROM action');
    expect(performance.now() - before).toBeLessThan(5_000);
    await backup.query('COMMIT');
    await backup.end();
    const { code, stdout } = await running;
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { event: 'migration-waits' },
      { event: 'database-migrated', migrations: ['Traces1764600000000'] },
    ]);
  });

  it('fails with its exit code when the database is not there, and holds no lock', async () => {
    const { code, stderr } = await migrateOnce(database.url.replace(/\/[^/]*$/, '/nowhere'));
    expect(code).toBe(1);
    expect(stderr).toContain('database "nowhere" does not exist');
  });

  it('names what it lacks and nothing that it does not need', async () => {
    const { code, stderr } = await runMigration({ NODE_ENV: 'production' }, tmpdir());
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^configuration: 1 problem\n {2}- environment: DATABASE_URL: is required/);
  });
});
