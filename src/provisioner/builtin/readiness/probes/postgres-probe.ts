import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { clientOfConfig } from '../../postgres-client.js';
import type { PostgresConfig } from '../config.js';
import { CheckedSocket, limitBytes, tlsOptions } from './connection.js';
import type { Destination } from './host-resolver.js';
import { type Attempt, type Filler, probeError } from '../attempt.js';
import { addressText, type ReadUrl, readUrl } from '../url.js';

/** How long the orderly end of a connection may take. */
const END_MS = 250;
/** The driver buffers an incomplete message, and a resource may choose a hostile server. */
const MOST_BYTES = 4 * 1024 * 1024;

interface ProbeQuery {
  readonly config: PostgresConfig;
  readonly read: ReadUrl;
  readonly expect: string | null;
  readonly timeoutMs: number;
}

/** Prepares a query in a read-only transaction. */
export function preparePostgres(config: PostgresConfig, at: string, fill: Filler): Attempt {
  const read = readUrl(fill(config.url, 'url'), ['postgres:', 'postgresql:']);
  const problem =
    read === null
      ? 'is not a Postgres URL with a host after its references are filled in'
      : problemOfUrl(read);
  if (read === null || problem !== null) throw probeError(`${at}.url`, String(problem));
  const expect = config.expect === undefined ? null : fill(config.expect, 'expect');
  const port = Number(read.url.port) || 5432;
  return {
    subject: `postgres ${addressText(read.host, port)}`,
    host: read.host,
    port,
    try: (to, signal, timeoutMs) => ask({ config, read, expect, timeoutMs }, to, signal),
  };
}

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

function problemOfUrl({ url, user }: ReadUrl): string | null {
  // Without a user the driver uses that of this process's environment.
  if (user === '') return 'has no user';
  const other = ['host', 'hostaddr', 'port'].find((key) => url.searchParams.has(key));
  if (other !== undefined) return `sets ${other} in its query, which is not supported`;
  const mode = url.searchParams.get('sslmode');
  if (mode === null || SSL_MODES.includes(mode)) return null;
  return `has an unknown sslmode; known are ${SSL_MODES.join(', ')}`;
}

async function ask(question: ProbeQuery, to: Destination, signal: AbortSignal): Promise<string | null> {
  const socket = new CheckedSocket(to);
  limitBytes(socket, MOST_BYTES);
  const client = clientFor(question, to, socket);
  client.on('error', () => undefined); // The pending query rejects with the same error.
  const onAbort = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await client.connect();
    const wrongAnswer = await problemOfResult(client, question);
    await Promise.race([client.end(), sleep(END_MS, undefined, { ref: false })]);
    return wrongAnswer;
  } finally {
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

/**
 * Sets everything explicitly: the driver would read missing settings, credentials included, from the
 * environment.
 */
function clientFor({ config, read }: ProbeQuery, to: Destination, socket: CheckedSocket): pg.Client {
  const { url, user, password, path } = read;
  const options = url.searchParams.get('options');
  return clientOfConfig({
    host: (config.tls?.servername ?? to.host).replace(/\.$/, ''),
    port: to.port,
    user,
    password: () => password,
    database: path === '' ? user : path,
    ssl: sslOf(config, url, to),
    application_name: 'drawbridge-readiness',
    stream: () => socket,
    ...(options === null ? {} : { options }),
  });
}

/**
 * Interprets `sslmode` as the driver does: every mode that encrypts checks the certificate, except
 * `no-verify`.
 */
function sslOf(config: PostgresConfig, url: URL, to: Destination): pg.ClientConfig['ssl'] {
  const mode = url.searchParams.get('sslmode') ?? (config.tls === undefined ? 'disable' : 'verify-full');
  if (mode === 'disable') return false;
  return {
    ...tlsOptions(to, config.tls ?? {}),
    ...(mode === 'no-verify' ? { rejectUnauthorized: false } : {}),
  };
}

async function problemOfResult(
  client: pg.Client,
  { config, expect, timeoutMs }: ProbeQuery,
): Promise<string | null> {
  // The server would continue a query after its client is gone.
  await client.query(`begin transaction read only; set local statement_timeout = ${timeoutMs}`);
  const query = { text: config.query, rowMode: 'array', queryMode: 'extended', types: asText } as const;
  const { rows } = await client.query<unknown[]>(query as pg.QueryArrayConfig);
  await client.query('rollback');
  if (expect === null) return null;
  const value = rows[0]?.[0] ?? null;
  if (value === null) return 'answered no value, expected one';
  return value === expect ? null : 'answered another value than the expected one';
}

/** Keeps values as the server's text. */
const asText = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig;
