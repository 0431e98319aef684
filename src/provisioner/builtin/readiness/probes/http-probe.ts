import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import type { HttpProbeConfig } from '../config.js';
import { openTcp, openTls } from './connection.js';
import type { Destination } from './host-resolver.js';
import { isHeaderValue } from './headers.js';
import { matches } from '../pattern.js';
import { type Attempt, type Filler, probeError } from '../attempt.js';
import { includesStatus, statusText } from '../status.js';
import { type ReadUrl, readUrl } from '../url.js';

/** How much of a body is read; a later text is not found. */
const BODY_BYTES = 1024 * 1024;

interface Request {
  readonly config: HttpProbeConfig;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | null;
}

/** Prepares one request. It does not follow redirects. */
export function prepareHttp(config: HttpProbeConfig, at: string, fill: Filler): Attempt {
  const read = readUrl(fill(config.url, 'url'), ['http:', 'https:']);
  if (read === null)
    throw probeError(`${at}.url`, 'is not an HTTP or HTTPS URL after its references are filled in');
  const { url, host } = read;
  const text = typeof config.body === 'string' ? fill(config.body, 'body') : null;
  const request = { config, url, text, headers: headersOf(config, read, at, fill) };
  return {
    subject: `${config.method} ${url.origin}`,
    host,
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    try: (to, signal) => ask(request, to, signal),
  };
}

function headersOf(
  config: HttpProbeConfig,
  { user, password }: ReadUrl,
  at: string,
  fill: Filler,
): Record<string, string> {
  const own = Object.entries(config.headers ?? {}).map(([name, template]) => {
    const value = fill(template, `headers.${name}`);
    if (!isHeaderValue(value))
      throw probeError(`${at}.headers.${name}`, 'contains a character that no header can contain');
    return [name.toLowerCase(), value] as const;
  });
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return {
    'user-agent': 'drawbridge-readiness',
    ...(user === '' && password === '' ? {} : { authorization: basic }),
    ...Object.fromEntries(own),
  };
}

async function ask(request: Request, to: Destination, signal: AbortSignal): Promise<string | null> {
  const { config, url, headers } = request;
  const socket = await (url.protocol === 'https:'
    ? openTls(to, config.tls ?? {}, signal)
    : openTcp(to, signal));
  const client = clientOn(socket, url.origin);
  try {
    const path = url.pathname + url.search;
    const answer = await client.request({ path, method: config.method, headers, signal, reset: true });
    answer.body.on('error', () => undefined); // The body may not be read to its end.
    return await problemOfAnswer(answer, request, signal);
  } finally {
    socket.destroy();
    await client.destroy();
  }
}

/** Returns a client on this socket. It prevents undici from opening a second connection. */
function clientOn(socket: Socket, origin: string): Client {
  let taken = false;
  return new Client(origin, {
    allowH2: false,
    headersTimeout: 0, // the probe's own time limit covers both
    bodyTimeout: 0,
    connect: (_options, connected) => {
      const again = taken;
      taken = true;
      // Asynchronously: the client is in the state "connecting" only after this function returns.
      queueMicrotask(() =>
        again ? connected(new Error('connection closed'), null) : connected(null, socket),
      );
    },
  });
}

async function problemOfAnswer(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  { config, text }: Request,
  signal: AbortSignal,
): Promise<string | null> {
  if (!includesStatus(config.status, statusCode))
    return `answered ${statusCode}, expected ${statusText(config.status)}`;
  // Read the body even without an expected text: an answer that breaks off is a failure.
  const content = config.body === undefined && isStream(headers) ? '' : await beginningOf(body, signal);
  if (config.body === undefined) return null;
  if (typeof config.body === 'object') {
    const found = matches(config.body.matches, content);
    if (found === null) return `answered ${statusCode}, but the pattern for its body takes too long`;
    return found ? null : `answered ${statusCode}, but its body does not match`;
  }
  return content.includes(text ?? '')
    ? null
    : `answered ${statusCode}, but its body does not contain the expected text`;
}

/** Returns true for a stream of events, which does not end: only its status is checked. */
const isStream = (headers: Dispatcher.ResponseData['headers']): boolean =>
  /^text\/event-stream\b/i.test(String(headers['content-type']));

async function beginningOf(body: AsyncIterable<unknown>, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    signal.throwIfAborted();
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= BODY_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_BYTES).toString('utf8');
}
