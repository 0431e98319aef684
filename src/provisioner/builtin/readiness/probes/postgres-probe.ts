import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { clientOfConfig } from '../../postgres-client.js';
import type { PostgresConfig } from '../config.js';
import { CheckedSocket, limitBytes, tlsOptions } from './connection.js';
import type { Destination } from './host-resolver.js';
import { type Attempt, type Filler, probeError } from '../attempt.js';
import { addressText, type ReadUrl, readUrl } from '../url.js';

/** How long the server is given to hear that the connection ends. */
const END_MS = 250;
/** The driver keeps whatever a server says until it is complete; whose server it is a resource may choose. */
const MOST_BYTES = 4 * 1024 * 1024;

interface ProbeQuery {
  readonly config: PostgresConfig;
  readonly read: ReadUrl;
  readonly expect: string | null;
  readonly timeoutMs: number;
}

/** Connects and asks, in a transaction that can only read. */
export function preparePostgres(config: PostgresConfig, at: string, fill: Filler): Attempt {
  const read = readUrl(fill(config.url, 'url'), ['postgres:', 'postgresql:']);
  const problem = read === null ? 'is no postgres url with a host once it is filled in' : problemOfUrl(read);
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
  // Without a user the driver takes the one of this process's own environment.
  if (user === '') return 'names no user';
  const elsewhere = ['host', 'hostaddr', 'port'].find((key) => url.searchParams.has(key));
  if (elsewhere !== undefined)
    return `names another ${elsewhere} among its parameters, which is not followed`;
  const mode = url.searchParams.get('sslmode');
  if (mode === null || SSL_MODES.includes(mode)) return null;
  return `has an unknown sslmode; known are ${SSL_MODES.join(', ')}`;
}

async function ask(question: ProbeQuery, to: Destination, signal: AbortSignal): Promise<string | null> {
  const socket = new CheckedSocket(to);
  limitBytes(socket, MOST_BYTES);
  const client = clientFor(question, to, socket);
  client.on('error', () => undefined); // the query that is under way tells
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

/** Everything is stated: what is left out the driver would take from this process's environment, credentials included. */
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

/** `sslmode` as the driver reads it: every mode that encrypts checks the certificate, except `no-verify`. */
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
  // A server goes on with a query after its client is gone.
  await client.query(`begin transaction read only; set local statement_timeout = ${timeoutMs}`);
  const query = { text: config.query, rowMode: 'array', queryMode: 'extended', types: asText } as const;
  const { rows } = await client.query<unknown[]>(query as pg.QueryArrayConfig);
  await client.query('rollback');
  if (expect === null) return null;
  const value = rows[0]?.[0] ?? null;
  if (value === null) return 'answered no value, wanted another';
  return value === expect ? null : 'answered another value than the wanted one';
}

/** Values as the server writes them. */
const asText = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig;
