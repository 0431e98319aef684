import { afterEach, describe, expect, inject, it } from 'vitest';
import { DATABASE_TIME_LIMIT_MS } from '../../../src/health/health-checks.js';
import { ShutdownState } from '../../../src/health/shutdown-state.js';
import { StartupState } from '../../../src/health/startup-state.js';
import { query } from '../../support/postgres.js';
import { startApp, type Answer, type OperatorApp } from '../api/api-app.js';

let world: OperatorApp;
afterEach(() => world.close());

const probe = (path: string): Promise<Answer> => world.call('GET', path, { as: null });
const start = (): void => world.app.get(StartupState).markStarted();

describe('the probes', () => {
  it('report live at once, and started and ready when main has started', async () => {
    world = await startApp();
    expect((await probe('/livez')).body).toEqual({ status: 'ok' });
    for (const path of ['/readyz', '/startupz']) {
      const { status, body } = await probe(path);
      expect([status, body.status, body.details.startup.status]).toEqual([503, 'error', 'down']);
    }
    start();
    const { status, headers, body } = await probe('/readyz');
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body.details).toEqual({
      shutdown: { status: 'up' },
      startup: { status: 'up' },
      database: { status: 'up' },
      migrations: { status: 'up' },
    });
    expect((await probe('/startupz')).status).toBe(200);
  });

  it('report not ready during the shutdown, but live and started', async () => {
    world = await startApp();
    start();
    world.app.get(ShutdownState).beginShutdown();
    const { status, body } = await probe('/readyz');
    expect([status, body.error]).toEqual([
      503,
      { shutdown: { status: 'down', message: 'the process is shutting down' } },
    ]);
    expect((await probe('/livez')).status).toBe(200);
    expect((await probe('/startupz')).status).toBe(200);
  });

  it('report pending migrations, change nothing, and notice when they were applied', async () => {
    world = await startApp({ migrate: false });
    start();
    const { status, body } = await probe('/readyz');
    expect([status, body.error.migrations.status]).toEqual([503, 'down']);
    expect(body.error.migrations.pending).toContain('Skeleton1764000000000');
    const [{ count }] = await world.database.query(
      `SELECT count(*)::int AS count FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(count).toBe(0);
    await world.database.runMigrations();
    expect((await probe('/readyz')).status).toBe(200);
  });

  it('report live and not ready while the database refuses connections, and reveal no address', async () => {
    world = await startApp();
    start();
    await refuseConnections(world.databaseUrl);
    expect((await probe('/livez')).status).toBe(200);
    const { status, body } = await probe('/readyz');
    expect([status, body.error.database.status]).toEqual([503, 'down']);
    expect((await probe('/readyz')).body.error.database.message).toBe('accepts no connections now (55000)');
    expect(JSON.stringify(body)).not.toMatch(/127\.0\.0\.1|postgres:|operator_/);
  });

  it.each([
    ['of the database', (name: string) => `DATABASE ${name}`],
    ['of the role', () => 'ROLE postgres'],
  ])('notice a read-only setting %s that open sessions do not have, and its end', async (_, targetOf) => {
    world = await startApp();
    start();
    expect((await probe('/readyz')).status).toBe(200);
    const alter = (what: string): Promise<unknown> =>
      world.database.query(`ALTER ${targetOf(new URL(world.databaseUrl).pathname.slice(1))} ${what}`);
    await alter('SET default_transaction_read_only = on');
    try {
      const { status, body } = await probe('/readyz');
      expect([status, body.error.database]).toEqual([
        503,
        { status: 'down', message: 'is read-only (25006)' },
      ]);
      expect((await probe('/livez')).status).toBe(200);
    } finally {
      await alter('RESET default_transaction_read_only');
    }
    expect((await probe('/readyz')).status).toBe(200);
  });

  it('respond in time while the database does not respond', async () => {
    world = await startApp();
    start();
    const released = Promise.withResolvers<void>();
    const held = Array.from({ length: 4 }, () => hold(world, released.promise));
    const { status, body } = await probe('/readyz');
    expect([status, body.error.database.message]).toEqual([
      503,
      `does not respond within ${DATABASE_TIME_LIMIT_MS} ms`,
    ]);
    released.resolve();
    await Promise.all(held);
    expect((await probe('/readyz')).status).toBe(200);
  });
});

/** Ends all sessions and refuses new ones. */
async function refuseConnections(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await query(inject('postgresUrl'), `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  const end = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1';
  await query(inject('postgresUrl'), end, [name]);
}

/** Holds one session of the pool for writes. */
const hold = ({ sql }: OperatorApp, until: Promise<void>): Promise<void> =>
  sql.transaction(async (session) => {
    await session.rows({ text: 'SELECT 1' }, []);
    await until;
  });
