import { EXIT } from '../exit.js';
import { Refusal } from '../refusal.js';
import { plain } from '../print/text.js';
import type { ApiServer } from './server.js';

export type Query = Readonly<Record<string, string | undefined>>;

export interface ApiQuestion<T> {
  /** A member without which it is no answer of a Drawbridge. */
  readonly has: keyof T & string;
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly query?: Query;
  readonly body?: unknown;
}

const LIMIT_MS = 60_000;

/** What a Drawbridge answers to one request of its API. @throws Refusal for every answer but success, and when there is none */
export async function ask<T>(server: ApiServer, path: string, question: ApiQuestion<T>): Promise<T> {
  const { has, method = 'GET', query = {}, body } = question;
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

/** A redirect is not followed: the token stays with its host. @throws Refusal when nobody answers */
export async function send(url: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${url}${path}`, { ...init, redirect: 'manual' });
  } catch (error) {
    throw unreachable(url, error);
  }
}

/** The JSON of a successful answer. @throws Refusal for every other one */
export async function answerOf(url: string, response: Response): Promise<unknown> {
  const value = await jsonOf(url, response);
  if (response.ok) return value;
  throw refusalOf(response, value);
}

async function jsonOf(url: string, response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw unreachable(url, error);
    throw notOurs(url, response, error);
  }
}

function notOurs(url: string, response: Response, cause?: unknown): Refusal {
  const what = response.headers.get('content-type') ?? 'no content type';
  return new Refusal(
    `drawbridge: ${url} answers ${response.status} (${plain(what)}) and not as Drawbridge does: is the address right?`,
    EXIT.unreachable,
    { cause },
  );
}

/** Whether waiting and asking again may help. */
const passes = (status: number): boolean => status === 429 || status >= 500;

/** What an answer other than success means for whoever asked. */
function refusalOf(response: Response, value: unknown): Refusal {
  const { status } = response;
  const problem = (value ?? {}) as Record<string, unknown>;
  const said = [problem['detail'], problem['title']].find((text) => typeof text === 'string');
  const words = [`drawbridge: ${meaningOf(status, problem['type'])}: ${plain(said ?? 'no reason is given')}`];
  const allowed = problem['allowedStates'];
  if (Array.isArray(allowed) && !allowed.includes(problem['state']))
    words.push(`allowed in: ${plain(allowed.join(', '))}`);
  const after = response.headers.get('retry-after');
  if (passes(status) && after !== null) words.push(`try again in ${plain(after)} s`);
  return new Refusal(words.join('; '), passes(status) ? EXIT.unreachable : EXIT.refused);
}

function meaningOf(status: number, type: unknown): string {
  switch (status) {
    case 401:
      if (type === 'urn:drawbridge:problem:invalid-signature') return 'the signature is not accepted (401)';
      return 'the token is not accepted (401)';
    case 403:
      return 'not allowed (403)';
    case 404:
      return 'not found (404)';
    case 409:
      return 'its state does not allow that (409)';
    case 503:
      return 'not possible right now (503)';
    default:
      return `the server answers ${status}`;
  }
}

function unreachable(url: string, error: unknown): Refusal {
  const { name, cause } = error as { name?: string; cause?: { code?: string; message?: string } };
  const why =
    name === 'TimeoutError'
      ? `no answer within ${LIMIT_MS / 1000} s`
      : (cause?.code ?? cause?.message ?? name);
  return new Refusal(
    `drawbridge: ${url} cannot be reached (${why}): is it running? --url or DRAWBRIDGE_URL name another`,
    EXIT.unreachable,
    { cause: error },
  );
}
