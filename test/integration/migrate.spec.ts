import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runMigration } from '../support/processes.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

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
    `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 685117001`,
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

describe('main.js migrate', () => {
  it('is safe in several processes at once: one migrates, the others wait for it', async () => {
    // Held here until both stand before it, so that they meet for certain.
    await client.query('SELECT pg_advisory_lock(685117001)');
    const running = [migrateOnce(), migrateOnce()];
    await bothWait();
    await client.query('SELECT pg_advisory_unlock(685117001)');
    const results = await Promise.all(running);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    const said = results.map(({ stdout }) => JSON.parse(stdout) as { event: string; migrations: string[] });
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
    await expect.poll(async () => (await client.query(stood)).rowCount, { timeout: 20_000 }).toBe(1);
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
