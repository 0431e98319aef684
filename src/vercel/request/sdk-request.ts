/**
 * Uses `@vercel/sdk` to validate, escape and encode a request, and nothing else. Drawbridge reads the answer
 * itself: the SDK would reject a whole answer because of one newer enum value, and its schema for a
 * deployment takes 500 µs a call.
 *
 * Each call has a client of its own, which is as fast as one per token; no answer can reach another call. The
 * client's hook gets the finished request before the SDK wraps it into a `Request`, clones it and reads it
 * back, which would double the time of a PATCH. The client's HTTP client passes the request to `send` and
 * never answers: the SDK's part ends there.
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
 * Runs one SDK function. `send` receives the request that the SDK made and resolves with the raw exchange.
 *
 * @throws when the SDK cannot make a request from its input: a fault of the program. The message names the
 * fields, never their values. The error has no `cause`, because the SDK's error contains the input with its
 * secrets.
 */
export function throughSdk(
  settings: SdkSettings,
  call: (client: VercelCore) => PromiseLike<Result<unknown>>,
  send: (request: ExchangeRequest) => Promise<Exchange>,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const client = clientOf(settings, (request) => void send(request).then(resolve, reject));
    // The SDK function returns only when it has sent nothing.
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
    if (request === undefined) throw new Error('vercel: the SDK sent a request without calling the hook');
    onRequest(request);
    // A new promise for each call: a shared one would keep all callers in memory.
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
  // The SDK always sets this header, even if it is empty.
  if (headers['cookie'] === '') delete headers['cookie'];
  const body = options?.body ?? null;
  if (body !== null && typeof body !== 'string')
    throw new Error('vercel: the SDK created a body that is not text');
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

/** Lists paths and codes only: the message of an issue may quote the value. */
function wrongFields(error: SDKValidationError): string {
  const cause = error.cause;
  if (!(cause instanceof Error) || !('issues' in cause) || !Array.isArray(cause.issues))
    return 'unknown field';
  return (cause.issues as { path: PropertyKey[]; code: string }[])
    .map((issue) => `${issue.path.map(String).join('.')} (${issue.code})`)
    .join(', ');
}
