/** What docs/kubernetes.md says of poolers, with a real PgBouncer. */
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { startPgBouncer, type PgBouncer } from '../support/pgbouncer.js';
import { runMigration, startDrawbridge } from '../support/processes.js';
import { ACTIONS, connection, createWorld, eventually } from '../support/world.js';

const SESSION = ['pool_mode = session', 'default_pool_size = 60', 'max_client_conn = 200'];
/** Ours sets time limits and how to plan as it connects. */
const KNOWS_OURS = 'ignore_startup_parameters = statement_timeout,options';

const open: (PgBouncer | { stop(): Promise<unknown> })[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop();
});
const pooled = async (url: string, lines: readonly string[]): Promise<string> => {
  const pooler = await startPgBouncer(url, lines);
  open.push(pooler);
  return pooler.url;
};

describe('behind a PgBouncer in session mode', () => {
  it('everything works: the migration’s lock, and being told of new work', async () => {
    const world = await createWorld({ actions: ACTIONS.memory, roles: 'web' });
    open.push({ stop: () => world.close() });
    const url = await pooled(world.databaseUrl, [...SESSION, KNOWS_OURS]);
    const migrated = await runMigration({ DATABASE_URL: url }, tmpdir());
    expect(migrated).toMatchObject({ code: 0, stderr: 'the database is up to date\n' });
    const server = await startDrawbridge({ ...world.env, ROLES: 'web,worker', DATABASE_URL: url }, tmpdir());
    open.push(server);
    world.twin.setWebhookUrl(`${server.url}/webhooks/vercel`);
    const { id } = world.twin.createDeployment({ project: 'shop', connections: [connection()] });
    expect(await world.twin.waitFor(id, 15_000)).toMatchObject({ state: 'ready' });
    const listening = await world.sql<{ query: string }>(
      `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN drawbridge%'`,
    );
    expect(listening).toHaveLength(1);
    expect(server.output()).not.toContain('listener: lost');
  });

  it('does not start when the pooler does not know what ours asks for as it connects', async () => {
    const world = await createWorld({ actions: ACTIONS.memory, roles: 'web' });
    open.push({ stop: () => world.close() });
    const env = { ...world.env, ROLES: 'worker', DATABASE_URL: await pooled(world.databaseUrl, SESSION) };
    await expect(startDrawbridge(env, tmpdir())).rejects.toThrow('unsupported startup parameter');
  });
});

describe('where notifications are swallowed, as a PgBouncer in transaction mode does', () => {
  it('polling carries everything on: new work, and a cleanup', async () => {
    const world = await createWorld({ actions: ACTIONS.memory, roles: 'web' });
    open.push({ stop: () => world.close() });
    await world.sql(`CREATE SCHEMA silent`);
    await world.sql(`CREATE FUNCTION silent.pg_notify(text, text) RETURNS void LANGUAGE sql AS ''`);
    const [{ name } = { name: '' }] = await world.sql<{ name: string }>('SELECT current_database() AS name');
    await world.sql(`ALTER DATABASE "${name}" SET search_path = public, silent, pg_catalog`);
    const server = await startDrawbridge({ ...world.env, ROLES: 'web,worker' }, tmpdir());
    open.push(server);
    world.twin.setWebhookUrl(`${server.url}/webhooks/vercel`);
    const { id } = world.twin.createDeployment({ project: 'shop', connections: [connection()] });
    expect(await world.twin.waitFor(id, 15_000)).toMatchObject({ state: 'ready' });
    world.twin.delete(id);
    await eventually(async () => {
      const { body } = await world.api(`/api/v1/actions?deployment=${id}`);
      return body.items[0]?.state === 'released';
    });
  });
});
