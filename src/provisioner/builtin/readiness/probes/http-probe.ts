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

/** So much of a body is read; a text that comes later is not found. */
const BODY_BYTES = 1024 * 1024;

interface Request {
  readonly config: HttpProbeConfig;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | null;
}

/** One request. Redirects are not followed: a 301 is a 301. */
export function prepareHttp(config: HttpProbeConfig, at: string, fill: Filler): Attempt {
  const read = readUrl(fill(config.url, 'url'), ['http:', 'https:']);
  if (read === null) throw probeError(`${at}.url`, 'is no http or https url once it is filled in');
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
      throw probeError(`${at}.headers.${name}`, 'holds a character that no header takes');
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
    answer.body.on('error', () => undefined); // of a body that is not read to its end
    return await problemOfAnswer(answer, request, signal);
  } finally {
    socket.destroy();
    await client.destroy();
  }
}

/** Speaks HTTP on this one socket. undici would connect again by itself; there is no second connection. */
function clientOn(socket: Socket, origin: string): Client {
  let taken = false;
  return new Client(origin, {
    allowH2: false,
    headersTimeout: 0, // the probe's own time limit covers both
    bodyTimeout: 0,
    connect: (_options, connected) => {
      const again = taken;
      taken = true;
      // Not at once: until this returns the client does not know that it is connecting.
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
    return `answered ${statusCode}, wanted ${statusText(config.status)}`;
  // Also where no text is wanted: an answer that breaks off is no answer.
  const content = config.body === undefined && isStream(headers) ? '' : await beginningOf(body, signal);
  if (config.body === undefined) return null;
  if (typeof config.body === 'object') {
    const found = matches(config.body.matches, content);
    if (found === null) return `answered ${statusCode}, and the pattern for its body takes too long`;
    return found ? null : `answered ${statusCode}, but its body does not match`;
  }
  return content.includes(text ?? '') ? null : `answered ${statusCode}, but its body lacks the wanted text`;
}

/** A stream of events does not end, so its status has to do. */
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
