import { computed, signal } from '@preact/signals';
import type { OperatorRole } from '../../src/config/secrets/secrets.js';

/** Who is signed in: as `GET /api/v1/me` answers. */
export interface Me {
  readonly name: string;
  readonly role: OperatorRole;
  /** Null: all. */
  readonly installations: readonly string[] | null;
}

/** In this tab alone, and gone with it. */
const TOKEN = 'drawbridge.token';
const BACK_TO = 'drawbridge.back-to';

export const token = signal<string | null>(sessionStorage.getItem(TOKEN));
/** Null until the server said who it is. */
export const me = signal<Me | null>(null);
/** Why somebody who was signed in is not any more. */
export const signedOutBecause = signal<string | null>(null);

export const mayCommand = computed(() => me.value?.role === 'operator' || me.value?.role === 'admin');
export const isAdmin = computed(() => me.value?.role === 'admin');

export function keepSession(value: string, whose: Me): void {
  sessionStorage.setItem(TOKEN, value);
  signedOutBecause.value = null;
  me.value = whose;
  token.value = value;
}

/** @param because shown at the sign-in; null when they meant to leave */
export function endSession(because: string | null): void {
  sessionStorage.removeItem(TOKEN);
  signedOutBecause.value = because;
  token.value = null;
  me.value = null;
}

/** Where to go on after a sign-in that leaves the page. */
export function rememberPlace(url: string): void {
  sessionStorage.setItem(BACK_TO, url);
}

export function takePlace(): string {
  const place = sessionStorage.getItem(BACK_TO);
  sessionStorage.removeItem(BACK_TO);
  return place ?? '/console/';
}
