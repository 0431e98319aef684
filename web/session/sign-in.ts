import type { SignIn } from '../../src/console/sign-in.js';
import { request } from '../api/client.js';
import { ApiProblem, problemOf } from '../api/problem.js';
import { keepSession, token, type Me } from './session.js';

/** Reads the ways to sign in that this server offers. */
export async function waysToSignIn(): Promise<SignIn> {
  const response = await fetch('/console/sign-in.json', { cache: 'no-store' });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as SignIn;
}

/** Signs in with a token. Returns null, or a message for the operator. */
export async function signInWith(candidate: string): Promise<string | null> {
  try {
    const response = await request('/me', candidate);
    if (response.status === 401) return 'Drawbridge does not know this token.';
    if (!response.ok) return (await problemOf(response)).message;
    keepSession(candidate, (await response.json()) as Me);
    return null;
  } catch (error) {
    if (error instanceof ApiProblem) return error.message;
    return 'This is not a token: it contains characters that cannot be sent.';
  }
}

/** Signs in again after a reload, with the token of the tab. Returns null, or a message for the operator. */
export async function recognize(): Promise<string | null> {
  const kept = token.value;
  return kept === null ? null : signInWith(kept);
}
