/**
 * Describes a failed connection, as the end of a sentence, by the error's code only: messages of servers and
 * libraries may contain values, and they change between calls.
 */
import { TOO_MUCH_DATA } from './probes/connection.js';

const CODE_TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  UND_ERR_SOCKET: 'closed the connection',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'closed the connection',
  ENOTFOUND: 'has no address (ENOTFOUND)',
  ETIMEDOUT: 'cannot be reached (ETIMEDOUT)',
  [TOO_MUCH_DATA]: 'sent too much data',
  UND_ERR_HEADERS_OVERFLOW: 'answered with too many headers',
  '28P01': 'rejected the password',
  '28000': 'rejected the role',
  '3D000': 'has no such database',
  '53300': 'has no free connection',
  '57P03': 'is not accepting connections yet',
  '57014': 'canceled the query',
  '25006': 'rejected the query: it writes, and probes only read',
  '42501': 'rejected the query: a privilege is missing',
};

/** Texts for errors without a code, by their whole message or their name. */
const MESSAGE_TEXTS: Readonly<Record<string, string>> = {
  'connection closed': 'closed the connection',
  'The server does not support SSL connections': 'does not speak TLS',
  'Connection terminated unexpectedly': 'closed the connection',
  'Connection terminated': 'closed the connection',
  HTTPParserError: 'does not speak HTTP',
};

const CERTIFICATE = /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/;
const TLS = /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/;
const UNREACHABLE = /^E(?:AI_)?[A-Z]+$/;

export function explain(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code !== 'string') {
    const name = error instanceof Error ? error.name : typeof error;
    return MESSAGE_TEXTS[String(message)] ?? MESSAGE_TEXTS[name] ?? `failed (${name})`;
  }
  const known = CODE_TEXTS[code];
  if (known !== undefined) return known;
  if (CERTIFICATE.test(code)) return `has a certificate that is not trusted (${code})`;
  if (TLS.test(code)) return `failed the TLS handshake (${code})`;
  if (code.startsWith('HPE_')) return `does not speak HTTP (${code})`;
  if (UNREACHABLE.test(code)) return `cannot be reached (${code})`;
  return /^[0-9A-Z]{5}$/.test(code) ? `rejected the query (${code})` : `failed (${code})`;
}
