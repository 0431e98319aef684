import { isIP } from 'node:net';
import { fill, type TemplateLookup } from '../template.js';

export const isUrl = (text: string, protocols: readonly string[]): boolean =>
  readUrl(text, protocols) !== null;

/** The url if it has one of these protocols, a host, and credentials that can be decoded; else null. */
export function readUrl(text: string, protocols: readonly string[]): ReadUrl | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const [user, password, path] = [url.username, url.password, url.pathname.slice(1)].map(decode);
  if (!protocols.includes(url.protocol) || !isHost(host)) return null;
  if (typeof user !== 'string' || typeof password !== 'string' || typeof path !== 'string') return null;
  return { url, host, user, password, path };
}

export interface ReadUrl {
  readonly url: URL;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly user: string;
  readonly password: string;
  /** Without its first slash. */
  readonly path: string;
}

const BEGINNING = /^([a-z][a-z0-9+.-]*:\/\/)((?:\$\{[^{}]*\}|[^/?#\\])*)/i;

/**
 * Fills the template of a url in. A value where the host stands can be part of a host and no more: it may come from whoever owns the
 * resource, and `evil.example/` would lead the headers and passwords that stand beside it elsewhere.
 */
export function fillUrl(template: string, lookUp: TemplateLookup): string {
  const [, , authority] = BEGINNING.exec(template) ?? [];
  if (authority !== undefined && !staysInHost(authority, lookUp))
    throw new Error('a value where the host stands holds one of / ? # @ \\ or a space');
  return fill(template, lookUp);
}

function staysInHost(authority: string, lookUp: TemplateLookup): boolean {
  const signs = (text: string): string => text.replaceAll(/[^/?#@\\\s]/g, '');
  return signs(fill(authority, lookUp)) === signs(fill(authority, () => 'x'));
}

/** Something that can be looked up; not a path to a socket, not a list. */
export const isHost = (text: string): boolean => isIP(text) !== 0 || /^[^\s/%@?#[\]\\,:]{1,255}$/.test(text);

/** Host and port as people write them. */
export const addressText = (host: string, port: number): string =>
  isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // a lone percent sign
  }
}
