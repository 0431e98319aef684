import { PermanentError } from '../../provisioner.js';
import type { SqlFile } from './folder.js';

/** The fields of a server's error: "Error and Notice Message Fields" in PostgreSQL's documentation. */
interface ServerError {
  readonly code?: string;
  readonly routine?: string;
  /** In characters; the first is 1. */
  readonly internalPosition?: string;
  readonly internalQuery?: string;
}

/**
 * Codes of connection, resources, operator intervention, system, transaction rollback, internal errors and
 * timeouts.
 */
const TRANSIENT = /^(?:08|53|57|58|40|XX|25P03|25P04|55P03)/;
const LOCKED = '55P03';
const CANCELED = '57014';

const serverErrorOf = (error: unknown): ServerError =>
  typeof error === 'object' && error !== null ? error : {};

const messageOf = (error: unknown): string => {
  const serverText = error instanceof Error ? error.message : String(error);
  return (serverText || (serverErrorOf(error).code ?? 'no reason given')).replaceAll(/\s+/g, ' ').trim();
};

/** Another call runs a file: the verb answers `pending`. */
export class OtherCallRuns extends Error {
  override readonly name = 'TurnTaken';
  constructor(cause: unknown) {
    super('postgres-sql: waiting for another call that runs files in the same database', { cause });
  }
}

export const isLockTimeout = (error: unknown): boolean => serverErrorOf(error).code === LOCKED;

/**
 * Returns the error of a file with its line and the server's message: a PermanentError unless it may pass.
 */
export function explainFile(error: unknown, file: SqlFile, sent: string): Error {
  if (isOurs(error)) return error;
  const at = `${file.name}${lineOf(error, sent)}`;
  if (isTransient(error)) return transientError(error, `${at}: `);
  return new PermanentError(`postgres-sql: ${at}: ${adviceOf(error)}`, { cause: error });
}

/** Returns the error of a statement outside of the files. */
export function explain(error: unknown, table: string): Error {
  if (isOurs(error)) return error;
  if (isTransient(error)) return transientError(error, '');
  return new PermanentError(
    `postgres-sql: table "${table}" cannot record which files ran: ${messageOf(error)}`,
    {
      cause: error,
    },
  );
}

/** Returns the error of a connection, which is never permanent. */
export function explainConnection(error: unknown): Error {
  if (isOurs(error)) return error;
  const { code = '' } = serverErrorOf(error);
  const text = /^E[A-Z]+$/.test(code)
    ? `the server of config.url cannot be reached (${code})`
    : messageOf(error);
  return new Error(`postgres-sql: ${text}`, { cause: error });
}

const isOurs = (error: unknown): error is Error =>
  error instanceof Error && (error instanceof OtherCallRuns || error.message.startsWith('postgres-sql:'));

/** Returns true for an error that may pass. One without an SQLSTATE means that the connection broke. */
function isTransient(error: unknown): boolean {
  const { code = '' } = serverErrorOf(error);
  return !/^[0-9A-Z]{5}$/.test(code) || /^E[A-Z]{4}$/.test(code) || TRANSIENT.test(code);
}

function transientError(error: unknown, at: string): Error {
  const serverText = messageOf(error);
  if (serverErrorOf(error).code === CANCELED)
    return sqlError(`${at}it ran longer than a call may, and was rolled back: ${serverText}`, error);
  if (isLockTimeout(error))
    return sqlError(`${at}another transaction holds a lock that it needs: ${serverText}`, error);
  return sqlError(`${at}${serverText}`, error);
}

const sqlError = (text: string, cause: unknown): Error => new Error(`postgres-sql: ${text}`, { cause });

function adviceOf(error: unknown): string {
  const { code, routine } = serverErrorOf(error);
  if (code === '25001')
    return `${messageOf(error)}; each file runs in a transaction, so run this statement by hand`;
  if (code === '0A000' && routine === 'exec_stmt_dynexecute')
    return (
      'a file must not contain BEGIN, COMMIT, ROLLBACK, SAVEPOINT or COPY FROM STDIN, because it ' +
      'runs in one transaction with its record'
    );
  return messageOf(error);
}

/** Returns `, line 3`, or the empty text when the server gives no position in the file. */
function lineOf(error: unknown, sent: string): string {
  const { internalPosition, internalQuery } = serverErrorOf(error);
  if (internalPosition === undefined || internalQuery !== sent) return '';
  const before = Array.from(sent).slice(0, Number(internalPosition) - 1);
  return `, line ${before.filter((character) => character === '\n').length + 1}`;
}
