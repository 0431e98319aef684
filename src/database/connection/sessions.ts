import pg from 'pg';
import type { PgBoss } from 'pg-boss';
import type { DataSource } from 'typeorm';
import { markFailedConnect, SQLSTATE, sqlState, type OutageCause } from '../../errors/database-error.js';
import { reportOutage } from './outage-log.js';

/**
 * After a refused connect the pool's next ones fail alike for so long: a server that refuses a role or has no
 * connection left is not asked once for each request.
 */
const BRAKE_MS = 250;

/** Outages in which the server answers and says no. */
const BRAKED: ReadonlySet<string> = new Set<OutageCause>([
  'refused',
  'missing',
  'no-connections',
  'not-accepting',
]);

/** After these the server closes the session: it is not lent again in the moment before. */
const ENDED: ReadonlySet<string> = new Set<OutageCause>(['ended', 'missing', 'unreachable']);

type Connected = ((error: Error) => void) | ((error: null, client: pg.Client) => void);
type Opened = (error: Error | null, client?: pg.Client) => void;

/**
 * The sessions of one pool. A session keeps what it was opened with, such as being read-only: when one
 * answers that it can do no work, all that are as old are closed, the idle ones at once and the others when
 * they are released.
 */
export class Sessions {
  /** For the pool to open sessions with. */
  readonly Client: typeof pg.Client;
  private readonly generations = new WeakMap<object, number>();
  private generation = 0;
  private pool: pg.Pool | null = null;
  private failed: { error: unknown; until: number } | null = null;

  constructor() {
    this.Client = clientOf(this);
  }

  attach(pool: pg.Pool): void {
    this.pool = pool;
    // pg-pool drops a client that has ended instead of keeping it idle.
    pool.on('release', (_, client) => void (this.isOld(client) && client.end()));
  }

  /** Closes all sessions that are open now. */
  retire(): void {
    this.generation++;
    const { pool } = this;
    for (let idle = pool?.idleCount ?? 0; idle > 0; idle--)
      pool?.connect((_error, _client, release) => release()); // an error is the next statement's to report
  }

  /** @internal */
  opening(client: pg.Client): void {
    this.generations.set(client, this.generation);
  }

  /** @internal Each error that the server sends in a session, or before there is one. */
  heard(client: pg.Client, error: unknown): void {
    // Its statement was to wait for a lock only so long: the caller knows what that means.
    if (sqlState(error) === SQLSTATE.lockNotAvailable) return;
    const cause = reportOutage(error)?.cause;
    if (cause === 'read-only' && !this.isOld(client)) this.retire();
    else if (cause !== undefined && ENDED.has(cause)) this.generations.set(client, -1);
  }

  /** @internal */
  notOpened(error: unknown): void {
    markFailedConnect(error);
    const cause = reportOutage(error)?.cause ?? '';
    if (BRAKED.has(cause)) this.failed = { error, until: performance.now() + BRAKE_MS };
  }

  /** @internal Why no session can be opened right now; null: it can be tried. */
  get brake(): Error | null {
    if (this.failed === null || performance.now() >= this.failed.until) return null;
    const { code, message } = this.failed.error as { code?: string; message: string };
    // The code beside the cause: the queue reports copies of errors, which lack their causes.
    return Object.assign(new Error(`not tried again so soon: ${message}`, { cause: this.failed.error }), {
      code,
    });
  }

  private isOld(client: object): boolean {
    return (this.generations.get(client) ?? this.generation) < this.generation;
  }
}

/** A pool whose sessions do not outlive what they were opened with. */
export class SessionPool extends pg.Pool {
  readonly sessions: Sessions;

  constructor(options: pg.PoolConfig) {
    const sessions = new Sessions();
    super({ ...options, Client: sessions.Client });
    this.sessions = sessions;
    sessions.attach(this);
  }
}

/** TypeORM's driver of PostgreSQL keeps a pool of `pg`, which `dataSourceOptions` makes one of ours. */
export const poolOf = ({ driver }: DataSource): SessionPool =>
  (driver as unknown as { master: SessionPool }).master;

/** pg-boss' own pool, which is there once it has started. */
export const poolOfQueue = (boss: PgBoss): pg.Pool => (boss.getDb() as unknown as { pool: pg.Pool }).pool;

function clientOf(sessions: Sessions): typeof pg.Client {
  return class Session extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      sessions.opening(this);
      // The types leave it out: what all messages of the server come through.
      const { connection } = this as unknown as { connection: NodeJS.EventEmitter };
      connection.on('errorMessage', (error: unknown) => sessions.heard(this, error));
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<pg.Client> | void {
      if (callback !== undefined) return this.open(callback as Opened);
      return new Promise((resolve, reject) => this.open((error) => (error ? reject(error) : resolve(this))));
    }

    /** By callbacks: a promise would leave a moment in which nothing listens for errors of the session. */
    private open(done: Opened): void {
      const { brake } = sessions;
      if (brake !== null) return process.nextTick(done, brake);
      super.connect((error: Error | null) => {
        if (error) sessions.notOpened(error);
        done(error, this);
      });
    }
  };
}
