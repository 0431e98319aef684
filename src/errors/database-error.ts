/**
 * The only list of PostgreSQL's error codes and their meaning. Code that turns a database error into an
 * answer, a health result, a log event, a pause or a line of `doctor` uses this file. database-error.spec.ts
 * fails for a second list.
 */

/** Codes for comparisons elsewhere. See https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const SQLSTATE = {
  protocolViolation: '08P01',
  foreignKeyViolation: '23503',
  uniqueViolation: '23505',
  readOnly: '25006',
  serializationFailure: '40001',
  deadlock: '40P01',
  undefinedTable: '42P01',
  duplicateDatabase: '42P04',
  duplicateTable: '42P07',
  duplicateObject: '42710',
  insufficientPrivilege: '42501',
  invalidCatalogName: '3D000',
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  lockNotAvailable: '55P03',
} as const;

/** The causes of an outage. The texts continue a sentence that begins with "the database". */
export const OUTAGES = {
  'read-only': 'is read-only',
  refused: 'refuses the role, its password or what the role may do',
  missing: 'does not exist',
  'no-connections': 'has no free connection',
  'not-accepting': 'accepts no connections now',
  ended: 'ended the session',
  full: 'has no disk space or memory left',
  slow: 'did not answer in time',
  fault: 'reports a fault of its own',
  unreachable: 'does not answer',
} as const;

export type OutageCause = keyof typeof OUTAGES;

/**
 * The database refused or did not answer. The same request may succeed later; changing the request would not
 * help.
 */
export interface Outage {
  readonly cause: OutageCause;
  /** SQLSTATE or Node's code; `connection lost` without either. */
  readonly code: string;
  /** The message of the server or the driver. May name a role, a database or an address. */
  readonly text: string;
  /** The innermost error, without the errors that wrap it. */
  readonly origin: object;
}

/** The database is too slow for the load: nothing was written, the caller may try later. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
}

const BY_CODE: Record<string, OutageCause> = {
  [SQLSTATE.readOnly]: 'read-only',
  [SQLSTATE.insufficientPrivilege]: 'refused',
  [SQLSTATE.invalidCatalogName]: 'missing',
  '25P03': 'slow', // idle_in_transaction_session_timeout
  '25P04': 'slow', // transaction_timeout
  '53300': 'no-connections',
  '55000': 'not-accepting', // ALLOW_CONNECTIONS false
  '57P03': 'not-accepting',
  '57P04': 'missing', // the database was dropped
  '57014': 'slow',
};

const BY_CLASS: Record<string, OutageCause> = {
  '08': 'unreachable',
  '28': 'refused',
  '53': 'full',
  '57': 'ended',
  '58': 'fault',
  XX: 'fault',
};

/** Node's codes for a failed or broken connection. Other errors count if `markFailedConnect` got them. */
const BROKEN = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Messages of `pg` that have no code. */
const PG_MESSAGES: [RegExp, OutageCause][] = [
  [/timeout exceeded when trying to connect/, 'slow'],
  [/Connection terminated|not queryable|timeout expired/, 'unreachable'],
];

const MAX_DEPTH = 8;
const failedToConnect = new WeakSet<object>();

/** Marks the error of a failed connect. Such an error is never caused by a request. */
export function markFailedConnect(error: unknown): void {
  if (typeof error === 'object' && error !== null) failedToConnect.add(error);
}

/**
 * Searches causes and driver errors, the innermost first. Returns null when the request, the data or the
 * program caused the error.
 */
export function outageOf(error: unknown): Outage | null {
  for (const one of chainOf(error).toReversed()) {
    const code = typeof one.code === 'string' ? one.code : '';
    const text = typeof one.message === 'string' && one.message !== '' ? one.message : code;
    const cause = causeOf(code, text) ?? (failedToConnect.has(one) ? 'unreachable' : null);
    if (cause !== null) return { cause, code: code === '' ? 'connection lost' : code, text, origin: one };
  }
  return null;
}

/**
 * Whether the same request may succeed soon: the database is down, full or overloaded, or another session won
 * a lock or a race.
 */
export const isUnavailable = (error: unknown): boolean =>
  chainOf(error).some((one) => one instanceof OverloadedError) ||
  outageOf(error) !== null ||
  sqlState(error).startsWith('40') ||
  sqlState(error) === SQLSTATE.lockNotAvailable;

/**
 * Whether the same statement may succeed now: serialization failure, deadlock, or a lost race for a unique
 * key.
 */
export const isLostRace = (error: unknown): boolean => LOST_RACES.has(sqlState(error));
const LOST_RACES = new Set<string>([
  SQLSTATE.serializationFailure,
  SQLSTATE.deadlock,
  SQLSTATE.uniqueViolation,
]);

/** Whether the statement's data caused the error. Class 54: a value is too long for an index. */
export const blamesTheData = (error: unknown): boolean => /^(22|23|54)/.test(sqlState(error));

/** The code of a driver error, also inside other errors; '' without one. */
export function sqlState(error: unknown): string {
  const found = chainOf(error).find(({ code }) => typeof code === 'string');
  return typeof found?.code === 'string' ? found.code : '';
}

interface Link {
  code?: unknown;
  message?: unknown;
  driverError?: unknown;
  cause?: unknown;
}

/** The error and all errors inside it. pg-boss reports copies of errors, which are plain objects. */
function chainOf(error: unknown): Link[] {
  const chain: Link[] = [];
  for (let link = error; isObject(link) && !chain.includes(link) && chain.length < MAX_DEPTH;) {
    chain.push(link);
    link = isObject(link.driverError) && link.driverError !== link ? link.driverError : link.cause;
  }
  return chain;
}

const isObject = (value: unknown): value is Link => typeof value === 'object' && value !== null;

function causeOf(code: string, text: string): OutageCause | null {
  if (BROKEN.has(code)) return 'unreachable';
  if (/^[0-9A-Z]{5}$/.test(code)) return BY_CODE[code] ?? BY_CLASS[code.slice(0, 2)] ?? null;
  return PG_MESSAGES.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}
