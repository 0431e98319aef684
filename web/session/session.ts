import { computed, signal } from '@preact/signals';
import type { OperatorRole } from '../../src/config/secrets/secrets.js';

/** The signed-in operator, as `GET /api/v1/me` answers. */
export interface Me {
  readonly name: string;
  readonly role: OperatorRole;
  /** Null for all. */
  readonly installations: readonly string[] | null;
}

/** In the session storage: closing the tab deletes it. */
const TOKEN = 'drawbridge.token';
const BACK_TO = 'drawbridge.back-to';

export const token = signal<string | null>(sessionStorage.getItem(TOKEN));
/** Null until the server has accepted the token. */
export const me = signal<Me | null>(null);
/** Why the session ended; null after a sign-out. */
export const signedOutBecause = signal<string | null>(null);

export const mayCommand = computed(() => me.value?.role === 'operator' || me.value?.role === 'admin');
export const isAdmin = computed(() => me.value?.role === 'admin');

export function keepSession(value: string, owner: Me): void {
  sessionStorage.setItem(TOKEN, value);
  signedOutBecause.value = null;
  me.value = owner;
  token.value = value;
}

/** @param because shown on the sign-in page; null after a sign-out */
export function endSession(because: string | null): void {
  sessionStorage.removeItem(TOKEN);
  signedOutBecause.value = because;
  token.value = null;
  me.value = null;
}

/** Keeps the page to return to after a sign-in at the identity provider. */
export function rememberPlace(url: string): void {
  sessionStorage.setItem(BACK_TO, url);
}

export function takePlace(): string {
  const place = sessionStorage.getItem(BACK_TO);
  sessionStorage.removeItem(BACK_TO);
  return place ?? '/console/';
}
