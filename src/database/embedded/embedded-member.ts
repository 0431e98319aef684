import pg from 'pg';
import { SQLSTATE, sqlState } from '../../errors/database-error.js';
import { isTemporary } from './embedded-cluster.js';

/**
 * All processes that use one embedded server hold this lock in shared mode; who gets it alone is the last.
 */
const MEMBERSHIP = 0x6472_6177;

/**
 * This process's part in an embedded server. It ends with the connection that holds it, so a killed process
 * is no member.
 */
export interface Membership {
  /** Leaves. True: no other process uses the server, and none can join any more: the caller stops it. */
  leave(): Promise<boolean>;
}

/** `pg` has these methods, its types do not: an idle membership does not keep the process alive. */
type Detachable = pg.Client & { ref(): void; unref(): void };

/** Joins the server at `url`; null when it is starting, stopping or being stopped by its last member. */
export async function joinServer(url: string): Promise<Membership | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, keepAlive: true });
  let connected = true;
  client.on('error', () => (connected = false));
  client.on('end', () => (connected = false));
  try {
    await client.connect();
    if (await ask(client, 'SELECT pg_try_advisory_lock_shared($1) AS yes')) {
      (client as Detachable).unref();
      return { leave: () => (connected ? leave(client) : Promise.resolve(false)) };
    }
    await client.end();
    return null;
  } catch (error) {
    if (isTemporary(error)) return null;
    throw error;
  }
}

async function leave(client: pg.Client): Promise<boolean> {
  (client as Detachable).ref();
  await client.query('SELECT pg_advisory_unlock_shared($1)', [MEMBERSHIP]);
  if (await ask(client, 'SELECT pg_try_advisory_lock($1) AS yes')) return true;
  await client.end();
  return false;
}

async function ask(client: pg.Client, question: string): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(question, [MEMBERSHIP]);
  return rows[0]?.yes === true;
}

/** Makes the database unless it is there; several processes may do so at once. */
export async function ensureDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  client.on('error', () => undefined); // a connection that breaks fails the statement below
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    // Roles that a provisioner makes on this server have no business in either.
    await client.query(`REVOKE CONNECT ON DATABASE ${pg.escapeIdentifier(name)}, postgres FROM PUBLIC`);
  } catch (error) {
    const state = sqlState(error);
    if (state !== SQLSTATE.duplicateDatabase && state !== SQLSTATE.uniqueViolation) throw error;
  } finally {
    await client.end();
  }
}
