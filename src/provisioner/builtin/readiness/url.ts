import { isIP } from 'node:net';
import { fill, type TemplateLookup } from '../template.js';

export const isUrl = (text: string, protocols: readonly string[]): boolean =>
  readUrl(text, protocols) !== null;

/** Parses a URL; null unless it has one of these protocols, a host, and credentials that can be decoded. */
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
 * Fills in the template of a URL. A value in the host part must be part of a host: the owner of the resource
 * may choose it, and `evil.example/` would send headers and passwords to another host.
 */
export function fillUrl(template: string, lookUp: TemplateLookup): string {
  const [, , authority] = BEGINNING.exec(template) ?? [];
  if (authority !== undefined && !staysInHost(authority, lookUp))
    throw new Error('a value in the host part contains one of / ? # @ \\ or a space');
  return fill(template, lookUp);
}

function staysInHost(authority: string, lookUp: TemplateLookup): boolean {
  const signs = (text: string): string => text.replaceAll(/[^/?#@\\\s]/g, '');
  return signs(fill(authority, lookUp)) === signs(fill(authority, () => 'x'));
}

/** Returns true for a host name or an address, not for a socket path or a list. */
export const isHost = (text: string): boolean => isIP(text) !== 0 || /^[^\s/%@?#[\]\\,:]{1,255}$/.test(text);

/** Returns `host:port`, with brackets around an IPv6 address. */
export const addressText = (host: string, port: number): string =>
  isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // A single percent sign.
  }
}
