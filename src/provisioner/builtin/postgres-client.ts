/**
 * The only file below src/provisioner that makes a client of PostgreSQL: no other may import the driver,
 * except its types (.dependency-cruiser.cjs, `provisioners-share-one-client`). The driver reads missing
 * settings from the environment of this process. So this file sets all of them: no credential of Drawbridge
 * may reach a server that a tenant chose.
 */
import type { Duplex } from 'node:stream';
import pg from 'pg';

export const { escapeIdentifier, escapeLiteral } = pg;

/**
 * Settings for the startup packet, which overrides `ALTER DATABASE … SET` and `ALTER ROLE … SET` from the
 * first statement: an unqualified name never finds a function, relation or operator of the database's owner.
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
  /** Default: the URL's. Not part of the URL, because the driver does not decode every name. */
  readonly database?: string;
  /** Default: the URL's. */
  readonly login?: Login;
  /** Settings for the startup packet, as `-c name=value`: FIXED_PATH, or none for SQL of a customer. */
  readonly startup: string;
  readonly stream?: () => Duplex;
}

/** Returns a client for the server of `url`, as the driver parses it. */
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

/**
 * Returns a client that reads nothing from the environment. The driver would look an empty password up
 * there.
 */
export const clientOfConfig = (config: CompleteConfig): pg.Client => new pg.Client(config);

/** Returns the URL's password as the driver parses it, and never that of the environment. */
function passwordOf(url: URL, read: pg.Client): string {
  const stated = url.password !== '' || (url.searchParams.get('password') ?? '') !== '';
  return stated ? (read.password ?? '') : '';
}
