/**
 * Lets `@vercel/sdk` do what it is good at, and nothing else: it validates, escapes and encodes a request;
 * the answer is ours to read. The SDK would refuse whole answers because of one enum value newer than itself,
 * and its schema for a deployment costs 500 µs a call.
 *
 * Each call has a client of its own: as cheap as one per token, and no answer can reach another call. Its
 * hook takes the finished request before the SDK wraps it into a `Request` (and clones that, and reads it
 * back: half of what a PATCH costs otherwise). Its HTTP client then sends ours and never answers: the SDK's
 * part ends there.
 */
import { VercelCore } from '@vercel/sdk/core.js';
import { SDKHooks } from '@vercel/sdk/hooks/hooks.js';
import type { SDKOptions } from '@vercel/sdk/lib/config.js';
import { HTTPClient, type RequestInput } from '@vercel/sdk/lib/http.js';
import { SDKValidationError } from '@vercel/sdk/models/sdkvalidationerror.js';
import type { Result } from '@vercel/sdk/types/fp.js';
import type { Exchange, ExchangeRequest } from './exchange.js';

export interface SdkSettings {
  readonly apiUrl: string;
  readonly userAgent: string;
  readonly token: string;
}

/**
 * Runs one SDK function. `send` gets the request that the SDK made and resolves with the raw exchange.
 *
 * @throws when the SDK does not make a request out of its input: a mistake in our program. The message names
 * the fields, never their values, and there is no `cause`, for the SDK's error carries the input with its
 * secrets.
 */
export function throughSdk(
  settings: SdkSettings,
  call: (client: VercelCore) => PromiseLike<Result<unknown>>,
  send: (request: ExchangeRequest) => Promise<Exchange>,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const client = clientOf(settings, (request) => void send(request).then(resolve, reject));
    // It returns only when it sends nothing.
    call(client).then((result) => reject(notSent(result)), reject);
  });
}

function clientOf(settings: SdkSettings, onRequest: (request: ExchangeRequest) => void): VercelCore {
  let request: ExchangeRequest | undefined;
  const hooks = new SDKHooks();
  hooks.registerBeforeCreateRequestHook({
    beforeCreateRequest: (_, input) => {
      request = sendable(input);
      return { url: input.url };
    },
  });
  const fetcher = () => {
    if (request === undefined) throw new Error('vercel: the SDK sends a request that it did not make');
    onRequest(request);
    // Of its own: whatever waits for a promise lives as long as that does.
    return new Promise<never>(() => undefined);
  };
  const options: SDKOptions & { hooks: SDKHooks } = {
    serverURL: settings.apiUrl,
    bearerToken: settings.token,
    userAgent: settings.userAgent,
    retryConfig: { strategy: 'none' },
    httpClient: new HTTPClient({ fetcher }),
    hooks,
  };
  return new VercelCore(options);
}

function sendable({ url, options }: RequestInput): ExchangeRequest {
  const headers = Object.fromEntries(
    options?.headers instanceof Headers ? options.headers : new Headers(options?.headers),
  );
  // The SDK always sets this header, also to nothing.
  if (headers['cookie'] === '') delete headers['cookie'];
  const body = options?.body ?? null;
  if (body !== null && typeof body !== 'string')
    throw new Error('vercel: the SDK made a body that is not text');
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: options?.method ?? 'GET',
    headers,
    body,
  };
}

function notSent(result: Result<unknown>): Error {
  const error = result.ok ? undefined : result.error;
  if (error instanceof SDKValidationError) return new TypeError(`vercel: bad request: ${wrongFields(error)}`);
  return new Error('vercel: the SDK sent nothing', { cause: error instanceof Error ? error.cause : error });
}

/** Paths and codes alone: an issue's message may quote what it got. */
function wrongFields(error: SDKValidationError): string {
  const cause = error.cause;
  if (!(cause instanceof Error) || !('issues' in cause) || !Array.isArray(cause.issues))
    return 'unknown field';
  return (cause.issues as { path: PropertyKey[]; code: string }[])
    .map((issue) => `${issue.path.map(String).join('.')} (${issue.code})`)
    .join(', ');
}
