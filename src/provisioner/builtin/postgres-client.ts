/**
 * The one place below src/provisioner that makes a client of PostgreSQL: no other file may import the driver, except for its types
 * (.dependency-cruiser.cjs, `provisioners-share-one-client`). The driver fills in what a configuration leaves out from this process's environment; here everything is stated, so that no credential of ours goes
 * to a server that a tenant chose.
 */
import type { Duplex } from 'node:stream';
import pg from 'pg';

export const { escapeIdentifier, escapeLiteral } = pg;

/**
 * Sent in the startup packet, which outranks `ALTER DATABASE … SET` and `ALTER ROLE … SET` and holds from the first statement on:
 * no function, relation or operator that the owner of a database has put into it is found by a name of ours.
 */
export const FIXED_PATH = '-c search_path=pg_catalog,pg_temp -c default_transaction_read_only=off';

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface ClientOptions {
  readonly name: string;
  readonly connectMs: number;
  readonly queryMs?: number;
  /** Unset: the one that the url names. Never part of a url, because the driver does not decode all that a name may hold. */
  readonly database?: string;
  /** Unset: those of the url. */
  readonly login?: Login;
  /** Settings for the startup packet, as `-c name=value`: FIXED_PATH, or none for SQL that is a customer's and runs as them. */
  readonly startup: string;
  readonly stream?: () => Duplex;
}

/** A client for the server of `url`, as the driver reads it. */
export function clientOf(url: URL, options: ClientOptions): pg.Client {
  const read = new pg.Client({ connectionString: url.href });
  const login = options.login ?? { user: read.user ?? '', password: passwordOf(url, read) };
  const startup = [url.searchParams.get('options'), options.startup].filter(Boolean).join(' ');
  const negotiation = url.searchParams.get('sslnegotiation');
  return clientOfConfig({
    host: read.host,
    port: read.port,
    user: login.user,
    password: () => login.password,
    database: options.database ?? read.database ?? login.user,
    ssl: read.ssl,
    application_name: options.name,
    connectionTimeoutMillis: options.connectMs,
    ...(startup === '' ? {} : { options: startup }),
    ...(negotiation === null ? {} : { sslnegotiation: negotiation as 'postgres' | 'direct' }),
    ...(options.queryMs === undefined ? {} : { query_timeout: options.queryMs }),
    ...(options.stream === undefined ? {} : { stream: options.stream }),
  });
}

type CompleteConfig = pg.ClientConfig &
  Required<Pick<pg.ClientConfig, 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>>;

/** A client that takes nothing from the environment. A password that is a text and empty would be looked up there. */
export const clientOfConfig = (config: CompleteConfig): pg.Client => new pg.Client(config);

/** As the driver reads it, but never the environment's, which it takes where the url has none. */
function passwordOf(url: URL, read: pg.Client): string {
  const stated = url.password !== '' || (url.searchParams.get('password') ?? '') !== '';
  return stated ? (read.password ?? '') : '';
}
