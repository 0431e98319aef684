import { EXIT } from '../exit.js';
import { CommandError } from '../command-error.js';
import { plain } from '../print/text.js';
import type { ApiServer } from './server.js';

export type Query = Readonly<Record<string, string | undefined>>;

export interface ApiRequest<T> {
  /** A required member of the response, to recognize servers other than Drawbridge. */
  readonly has: keyof T & string;
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly query?: Query;
  readonly body?: unknown;
}

const LIMIT_MS = 60_000;

/**
 * Sends a request to the API and returns its JSON. @throws CommandError for every error response, and without
 * a response
 */
export async function request<T>(server: ApiServer, path: string, options: ApiRequest<T>): Promise<T> {
  const { has, method = 'GET', query = {}, body } = options;
  const response = await send(server.url, `/api/v1/${path}${queryOf(query)}`, {
    method,
    headers: {
      authorization: `Bearer ${server.token}`,
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const value = await answerOf(server.url, response);
  if (typeof value === 'object' && value !== null && has in value) return value as T;
  throw notOurs(server.url, response);
}

export function queryOf(query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.append(name, value);
  return given.size === 0 ? '' : `?${given.toString()}`;
}

/**
 * Sends a request without following redirects, which would pass the token on. @throws CommandError without a
 * response
 */
export async function send(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, { ...init, redirect: 'manual' });
  } catch (error) {
    throw unreachable(url, error);
  }
}

/** Returns the JSON of a successful response. @throws CommandError for every other response */
export async function answerOf(url: string, response: Response): Promise<unknown> {
  const value = await jsonOf(url, response);
  if (response.ok) return value;
  throw errorOf(response, value);
}

async function jsonOf(url: string, response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw unreachable(url, error);
    throw notOurs(url, response, error);
  }
}

function notOurs(url: string, response: Response, cause?: unknown): CommandError {
  const contentType = response.headers.get('content-type') ?? 'no content type';
  return new CommandError(
    `drawbridge: ${url} answers ${response.status} (${plain(contentType)}), not like Drawbridge: check ` +
      `the address`,
    EXIT.unreachable,
    { cause },
  );
}

/** True if a later retry may succeed. */
const isTemporary = (status: number): boolean => status === 429 || status >= 500;

/** Converts an error response into a CommandError. */
function errorOf(response: Response, value: unknown): CommandError {
  const { status } = response;
  const problem = (value ?? {}) as Record<string, unknown>;
  const detail = [problem['detail'], problem['title']].find((text) => typeof text === 'string');
  const parts = [
    `drawbridge: ${meaningOf(status, problem['type'])}: ${plain(detail ?? 'the server gave no reason')}`,
  ];
  const allowed = problem['allowedStates'];
  if (Array.isArray(allowed) && !allowed.includes(problem['state']))
    parts.push(`allowed in: ${plain(allowed.join(', '))}`);
  const after = response.headers.get('retry-after');
  if (isTemporary(status) && after !== null) parts.push(`try again in ${plain(after)} s`);
  return new CommandError(parts.join('; '), isTemporary(status) ? EXIT.unreachable : EXIT.refused);
}

function meaningOf(status: number, type: unknown): string {
  switch (status) {
    case 401:
      if (type === 'urn:drawbridge:problem:invalid-signature') return 'the signature is invalid (401)';
      return 'the token is invalid (401)';
    case 403:
      return 'not allowed (403)';
    case 404:
      return 'not found (404)';
    case 409:
      return 'the current state does not allow this (409)';
    case 503:
      return 'temporarily unavailable (503)';
    default:
      return `the server answers ${status}`;
  }
}

function unreachable(url: string, error: unknown): CommandError {
  const { name, cause } = error as { name?: string; cause?: { code?: string; message?: string } };
  const why =
    name === 'TimeoutError'
      ? `no answer within ${LIMIT_MS / 1000} s`
      : (cause?.code ?? cause?.message ?? name);
  return new CommandError(
    `drawbridge: ${url} cannot be reached (${why}): start the server, or set --url or DRAWBRIDGE_URL to ` +
      `another address`,
    EXIT.unreachable,
    { cause: error },
  );
}
