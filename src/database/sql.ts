import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { PoolCounts } from './connection/pools.js';
import { SessionPool, type Sessions } from './connection/sessions.js';

/** A statement. With a name, each connection parses and plans it once; without one, at each call. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
}

export function statement(text: string): Statement {
  return { name: `drawbridge_${createHash('sha1').update(text).digest('hex').slice(0, 16)}`, text };
}

/** A place to run statements: a pool, or one transaction. */
export interface Session {
  rows<Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]>;
}

export interface Transaction extends Session {
  /** For the last statement: COMMIT is sent with it. When the statement fails, that COMMIT rolls back. */
  readonly last: Session;
}

export interface SqlOptions {
  name: string;
  max: number;
  /** Milliseconds after which the server ends a statement. */
  statementTimeoutMs: number;
  /** False: a commit returns before the data is on disk. For data that a crash of the server may lose. */
  durable?: boolean;
  /** True: consecutive transactions may run in different sessions (`DatabaseAccess`). */
  pooled?: boolean;
}

/**
 * Planner settings for statements that look rows up by key. The keys are one JSON text, whose size the
 * planner does not know: one generic plan serves all. A plan made while the tables are small would scan them,
 * and would still be used when they are large.
 */
const BY_KEY =
  '-c plan_cache_mode=force_generic_plan ' +
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off';

/**
 * Access to PostgreSQL for the hot paths: prepared statements on a pool that sends a statement before the
 * previous one has answered. TypeORM parses and plans each call again, which takes longer than running it.
 */
export class Sql implements Session {
  private readonly pool: SessionPool;
  readonly pooled: boolean;

  constructor(url: string, { name, max, statementTimeoutMs, durable = true, pooled = false }: SqlOptions) {
    this.pooled = pooled;
    this.pool = new SessionPool({
      connectionString: url,
      application_name: `drawbridge-${name}`,
      max,
      pipeline: true,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      statement_timeout: statementTimeoutMs,
      ...(pooled ? {} : { options: durable ? BY_KEY : '-c synchronous_commit=off' }),
    });
    this.pool.on('error', () => undefined); // an idle connection broke; the pool has removed it already
    // In a transaction, the statement rejects, and this event would end the process without a listener.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  get counts(): PoolCounts {
    return this.pool;
  }

  get sessions(): Sessions {
    return this.pool.sessions;
  }

  async rows<Row>(query: Statement, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.pool.query(queryOf(query, values, this.pooled));
    return rows as Row[];
  }

  /** Commits when `work` resolves. Otherwise rolls back and rethrows the error of `work`. */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      const begun = client.query('BEGIN'); // not awaited: it is sent with the first statement
      const transaction = transactionOn(client, this.pooled);
      const [result] = await Promise.all([work(transaction), begun]);
      const { command } = await transaction.commit();
      if (command !== 'COMMIT') throw new Error(`database: the transaction ended with ${command}`);
      return result;
    } catch (error) {
      broken = await rollBack(client);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

/**
 * A pool whose commits do not wait for the disk. For the queue and records that a crash of the server may
 * undo.
 */
export class RelaxedSql extends Sql {}

/**
 * Omits the name behind a pooler: the next session does not know a prepared statement of the previous one.
 */
function queryOf({ name, text }: Statement, values: readonly unknown[], pooled: boolean): pg.QueryConfig {
  return { text, values: [...values], ...(pooled || name === undefined ? {} : { name }) };
}

function sessionOn(client: pg.PoolClient, pooled: boolean): Session {
  return {
    async rows<Row>(query: Statement, values: readonly unknown[]): Promise<Row[]> {
      const { rows } = await client.query(queryOf(query, values, pooled));
      return rows as Row[];
    },
  };
}

function transactionOn(
  client: pg.PoolClient,
  pooled: boolean,
): Transaction & { commit(): Promise<pg.QueryResult> } {
  const session = sessionOn(client, pooled);
  let committing: Promise<pg.QueryResult> | undefined;
  const commit = (): Promise<pg.QueryResult> => (committing ??= client.query('COMMIT'));
  return {
    ...session,
    commit,
    last: {
      async rows<Row>(query: Statement, values: readonly unknown[]): Promise<Row[]> {
        const [rows] = await Promise.all([session.rows<Row>(query, values), commit()]);
        return rows;
      },
    },
  };
}

/** Rolls back. Returns the error when that fails; then the connection must not be used again. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
