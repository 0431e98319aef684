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

/** Runs the migration as the Job does: in production, without an actions file, with the database's URL. */
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
  throw new Error('two migrations did not wait for the lock within 30 s');
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
  it('removes the rights of PUBLIC once, and keeps access for roles with rights inside', async () => {
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
      'unrelated',
    ];
    const all = kinds.map((name) => `${name}_${id}`);
    const [backup, caller, defaulted, member, named, planter, reader, replica, unrelated] = all;
    const quoted = pg.escapeIdentifier(other.name);
    try {
      for (const role of all.filter((one) => one !== member)) await admin.query(`CREATE ROLE ${role} LOGIN`);
      await admin.query(`CREATE ROLE ${member} LOGIN NOINHERIT IN ROLE ${reader}`);
      await admin.query(`GRANT pg_read_all_data TO ${backup}; ALTER ROLE ${replica} REPLICATION`);
      await admin.query(`ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${defaulted}`);
      await admin.query(`CREATE FUNCTION theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
      await admin.query(`GRANT EXECUTE ON FUNCTION theirs() TO ${caller}`);
      // Every role that may connect can do this, so it does not count as a right.
      await admin.query(
        `SET ROLE ${planter}; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${unrelated}`,
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
        { role: unrelated, connect: false, temporary: false },
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

  it('logs the statement for the owner of the database, which keeps the access of its role', async () => {
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
      // The queue creates its schema itself.
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

  it('migrates an empty database safely from several processes at once', async () => {
    const empty = await createDatabase('empty');
    const results = await Promise.all([1, 2, 3].map(() => migrateOnce(empty.url)));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    const applied = results
      .flatMap(({ stdout }) => linesOf(stdout))
      .flatMap(({ migrations }) => migrations ?? []);
    expect(applied.length).toBeGreaterThan(4);
    expect(applied).toHaveLength(new Set(applied).size);
    await empty.drop();
  });

  it('lets one of several processes migrate while the others wait', async () => {
    // The test holds the lock until both processes wait for it, so that they certainly meet.
    await client.query(
      'CREATE TABLE drawbridge_migration (id serial PRIMARY KEY, "timestamp" bigint NOT NULL, name varchar NOT NULL)',
    );
    await client.query('BEGIN; LOCK TABLE drawbridge_migration IN SHARE UPDATE EXCLUSIVE MODE');
    const running = [migrateOnce(), migrateOnce()];
    await bothWait();
    await client.query('COMMIT');
    const results = await Promise.all(running);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    const logged = results
      .flatMap(({ stdout }) => linesOf(stdout))
      .filter(({ event }) => event !== 'database-closed');
    expect(logged.map(({ event }) => event)).toEqual(['database-migrated', 'database-migrated']);
    const [done, found] = logged.map(({ migrations }) => migrations).sort((a, b) => b.length - a.length);
    expect(done?.[0]).toMatch(/^Skeleton\d+$/);
    expect(found).toEqual([]);
    const { rows } = await client.query<{ name: string; n: number }>(
      'SELECT name, count(*)::int AS n FROM drawbridge_migration GROUP BY name',
    );
    expect(rows.length).toBeGreaterThan(4);
    expect(rows.filter(({ n }) => n > 1)).toEqual([]);
  });

  it('does not block readers while it waits for a table that a backup reads', async () => {
    const backup = new pg.Client({ connectionString: database.url });
    await backup.connect();
    await client.query('ALTER TABLE action DROP COLUMN traceparent');
    await client.query(`DELETE FROM drawbridge_migration WHERE name LIKE 'Traces%'`);
    await backup.query('BEGIN');
    await backup.query('LOCK TABLE action IN ACCESS SHARE MODE');
    const running = migrateOnce();
    const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'action'::regclass`;
    await expect.poll(async () => (await client.query(waiting)).rowCount).toBe(1);
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

  it('fails with its exit code when the database does not exist', async () => {
    const { code, stderr } = await migrateOnce(database.url.replace(/\/[^/]*$/, '/nowhere'));
    expect(code).toBe(1);
    expect(stderr).toContain('database "nowhere" does not exist');
  });

  it('names only the missing variables that it needs', async () => {
    const { code, stderr } = await runMigration({ NODE_ENV: 'production' }, tmpdir());
    expect(code).toBe(1);
    expect(stderr.trim()).toMatch(/^configuration: 1 problem\n {2}- environment: DATABASE_URL: is required/);
  });
});
