import pg from 'pg';
import type { PgBoss } from 'pg-boss';
import type { DataSource } from 'typeorm';
import { markFailedConnect, SQLSTATE, sqlState, type OutageCause } from '../../errors/database-error.js';
import { reportOutage } from './outage-log.js';

/**
 * Milliseconds after a refused connect in which the pool rejects further connects with the same error.
 * Without this pause, each request would connect to a server that refuses a role or has no free connection.
 */
const BRAKE_MS = 250;

/** Outages in which the server answers and refuses the connection. */
const BRAKED: ReadonlySet<string> = new Set<OutageCause>([
  'refused',
  'missing',
  'no-connections',
  'not-accepting',
]);

/** Outages after which the server closes the session. The pool must not lend it in the moment before. */
const ENDED: ReadonlySet<string> = new Set<OutageCause>(['ended', 'missing', 'unreachable']);

type Connected = ((error: Error) => void) | ((error: null, client: pg.Client) => void);
type Opened = (error: Error | null, client?: pg.Client) => void;

/**
 * The sessions of one pool. A session keeps the settings that it was opened with, such as read-only. When one
 * session answers that it cannot write, all sessions of the same age or older are closed: idle ones at once,
 * the others when they are released.
 */
export class Sessions {
  /** The client class for the pool. */
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
    // pg-pool removes a client that has ended instead of keeping it idle.
    pool.on('release', (_, client) => void (this.isOld(client) && client.end()));
  }

  /** Closes all open sessions. */
  retire(): void {
    this.generation++;
    const { pool } = this;
    for (let idle = pool?.idleCount ?? 0; idle > 0; idle--)
      pool?.connect((_error, _client, release) => release()); // the next statement reports an error
  }

  /** @internal */
  opening(client: pg.Client): void {
    this.generations.set(client, this.generation);
  }

  /** @internal Handles an error that the server sends, in a session or before it is open. */
  heard(client: pg.Client, error: unknown): void {
    // The statement has a lock timeout; its caller handles this error.
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

  /** @internal The reason why no session may be opened now; null when a connect is allowed. */
  get brake(): Error | null {
    if (this.failed === null || performance.now() >= this.failed.until) return null;
    const { code, message } = this.failed.error as { code?: string; message: string };
    // The code is copied, because pg-boss reports copies of errors without their causes.
    return Object.assign(
      new Error(`no new attempt within ${BRAKE_MS} ms: ${message}`, { cause: this.failed.error }),
      {
        code,
      },
    );
  }

  private isOld(client: object): boolean {
    return (this.generations.get(client) ?? this.generation) < this.generation;
  }
}

/** A pool that replaces sessions with outdated settings. */
export class SessionPool extends pg.Pool {
  readonly sessions: Sessions;

  constructor(options: pg.PoolConfig) {
    const sessions = new Sessions();
    super({ ...options, Client: sessions.Client });
    this.sessions = sessions;
    sessions.attach(this);
  }
}

/** The pool of a TypeORM data source. `dataSourceOptions` makes the driver use {@link SessionPool}. */
export const poolOf = ({ driver }: DataSource): SessionPool =>
  (driver as unknown as { master: SessionPool }).master;

/** pg-boss' own pool. It exists once pg-boss has started. */
export const poolOfQueue = (boss: PgBoss): pg.Pool => (boss.getDb() as unknown as { pool: pg.Pool }).pool;

function clientOf(sessions: Sessions): typeof pg.Client {
  return class Session extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      sessions.opening(this);
      // `connection` emits all messages of the server. The types of `pg` omit it.
      const { connection } = this as unknown as { connection: NodeJS.EventEmitter };
      connection.on('errorMessage', (error: unknown) => sessions.heard(this, error));
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<pg.Client> | void {
      if (callback !== undefined) return this.open(callback as Opened);
      return new Promise((resolve, reject) => this.open((error) => (error ? reject(error) : resolve(this))));
    }

    /** Uses callbacks: with a promise, errors of the session would have no listener for a moment. */
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
