import { endSession, token } from '../session/session.js';
import { ApiProblem, problemOf } from './problem.js';

const IN_DOUBT = 'The command may have taken effect: check before you repeat it.';
const EXPIRED = 'You were signed out: Drawbridge no longer accepts the token.';
const BROKEN = 'The connection broke before the whole answer arrived.';

/** @throws ApiProblem; 401 has also ended the session */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return jsonOf<T>(await send(path, { ...(signal && { signal }) }), BROKEN, signal);
}

/** @throws ApiProblem; 401 has also ended the session */
export async function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const response = await send(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return jsonOf<T>(response, `${BROKEN} ${IN_DOUBT}`);
}

/** Sends a request with the token of the signed-in operator. The path is relative to `/api/v1`. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const used = token.value;
  const response = await request(path, used ?? '', init);
  if (response.ok) return response;
  if (response.status === 401 && token.value === used) endSession(EXPIRED);
  throw await problemOf(response);
}

/** Sends a request with a token before sign-in. Returns every response, including errors. */
export async function request(path: string, bearer: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${bearer}`);
  try {
    return await fetch(`/api/v1${path}`, { ...init, headers, cache: 'no-store' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    const doubt = init.method === 'POST' ? ` ${IN_DOUBT}` : '';
    throw new ApiProblem(0, 'No answer', `Drawbridge cannot be reached.${doubt}`);
  }
}

async function jsonOf<T>(response: Response, broken: string, signal?: AbortSignal): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiProblem(0, 'Incomplete answer', broken);
  }
}
