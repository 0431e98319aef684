import pg from 'pg';
import { ConfigError } from '../../config/problems.js';
import { SQLSTATE } from '../../errors/database-error.js';
import type { DatabaseAccess } from './pooling.js';

const LIMIT_MS = 5_000;
const ADVICE =
  'set DATABASE_POOLING=transaction, and DATABASE_DIRECT_URL to PostgreSQL itself ' +
  '(docs/operations.md#poolers)';

/**
 * Stops the boot when the database is behind a pooler that the configuration does not mention. Statements
 * would fail now and then. Ignores a database that does not answer.
 *
 * @throws ConfigError
 */
export async function requireDeclaredPooler({ url, pooled, sessionUrl }: DatabaseAccess): Promise<void> {
  const problems = [];
  if (!pooled) problems.push({ path: 'DATABASE_URL', text: await poolerAt(url) });
  if (sessionUrl !== null && sessionUrl !== url)
    problems.push({ path: 'DATABASE_DIRECT_URL', text: await poolerAt(sessionUrl) });
  const found = problems.flatMap(({ path, text }) =>
    text === null ? [] : [{ source: 'environment', path, text: `${text}: ${ADVICE}` }],
  );
  if (found.length > 0) throw new ConfigError(found);
}

/** Describes the pooler between this process and PostgreSQL; null without one, or when nothing answers. */
export async function poolerAt(url: string): Promise<string | null> {
  const [one, other] = [clientOf(url), clientOf(url)];
  try {
    await Promise.all([one.connect(), other.connect()]);
    return (await changesSession(one, other)) ? 'a pooler lends its sessions for one transaction' : null;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // PgBouncer's answer to a session that has settings of its own.
    return code === SQLSTATE.protocolViolation
      ? `a pooler refuses the settings of Drawbridge's sessions (${message})`
      : null;
  } finally {
    await Promise.allSettled([one.end(), other.end()]);
  }
}

/**
 * Whether `one` gets different server sessions for its statements. A pooler may rotate them by itself, or has
 * to use another one while `other` holds a transaction open.
 */
async function changesSession(one: pg.Client, other: pg.Client): Promise<boolean> {
  const pids = new Set([await pidOf(one), await pidOf(one), await pidOf(one)]);
  await other.query('BEGIN');
  await pidOf(other);
  pids.add(await pidOf(one));
  await other.query('ROLLBACK');
  return pids.size > 1;
}

async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}

/** Connects with the options that `Sql` uses. */
function clientOf(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'drawbridge-boot',
    connectionTimeoutMillis: LIMIT_MS,
    query_timeout: LIMIT_MS,
    statement_timeout: LIMIT_MS,
    options: '-c synchronous_commit=off',
  });
  client.on('error', () => undefined); // the running query rejects with this error
  return client;
}
