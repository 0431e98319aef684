import pg from 'pg';
import { SQLSTATE, sqlState } from '../../errors/database-error.js';
import { isTemporary } from './embedded-cluster.js';

/**
 * Advisory lock that all processes of one embedded server hold in shared mode. The last process gets it
 * exclusively.
 */
const MEMBERSHIP = 0x6472_6177;

/**
 * This process's use of an embedded server. Ends with the connection that holds the lock, also when the
 * process is killed.
 */
export interface Membership {
  /**
   * Ends the membership. True: no other process uses the server and none can join; the caller has to stop it.
   */
  leave(): Promise<boolean>;
}

/** `pg` has these methods, its types do not. An idle membership must not keep the process alive. */
type Detachable = pg.Client & { ref(): void; unref(): void };

/** Joins the server at `url`; null while it starts, stops, or its last member is stopping it. */
export async function joinServer(url: string): Promise<Membership | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, keepAlive: true });
  let connected = true;
  client.on('error', () => (connected = false));
  client.on('end', () => (connected = false));
  try {
    await client.connect();
    if (await isTrue(client, 'SELECT pg_try_advisory_lock_shared($1) AS yes')) {
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
  if (await isTrue(client, 'SELECT pg_try_advisory_lock($1) AS yes')) return true;
  await client.end();
  return false;
}

async function isTrue(client: pg.Client, query: string): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(query, [MEMBERSHIP]);
  return rows[0]?.yes === true;
}

/** Creates the database unless it exists. Several processes may do so at once. */
export async function ensureDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  client.on('error', () => undefined); // a broken connection fails the statement below
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    // Roles that a provisioner creates on this server must not connect to either database.
    await client.query(`REVOKE CONNECT ON DATABASE ${pg.escapeIdentifier(name)}, postgres FROM PUBLIC`);
  } catch (error) {
    const state = sqlState(error);
    if (state !== SQLSTATE.duplicateDatabase && state !== SQLSTATE.uniqueViolation) throw error;
  } finally {
    await client.end();
  }
}
