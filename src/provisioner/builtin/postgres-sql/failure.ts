import { PermanentError } from '../../provisioner.js';
import type { SqlFile } from './folder.js';

/** What the server says of an error; see "Error and Notice Message Fields" in PostgreSQL's documentation. */
interface Said {
  readonly code?: string;
  readonly routine?: string;
  /** Counted in characters from 1. */
  readonly internalPosition?: string;
  readonly internalQuery?: string;
}

/** Connection, resources, an operator's intervention, the system, a rollback by the server, an internal error, time-outs. */
const PASSES = /^(?:08|53|57|58|40|XX|25P03|25P04|55P03)/;
const LOCKED = '55P03';
const CANCELED = '57014';

const saidOf = (error: unknown): Said => (typeof error === 'object' && error !== null ? error : {});

const wordsOf = (error: unknown): string => {
  const words = error instanceof Error ? error.message : String(error);
  return (words || (saidOf(error).code ?? 'no reason given')).replaceAll(/\s+/g, ' ').trim();
};

/** Another call is running a file: the verb answers `pending`. */
export class TurnTaken extends Error {
  override readonly name = 'TurnTaken';
  constructor(cause: unknown) {
    super('postgres-sql: waiting for another call that runs files on the same database', { cause });
  }
}

export const isLockTimeout = (error: unknown): boolean => saidOf(error).code === LOCKED;

/** An error of a file: permanent, with where it is and the server's words, unless it may pass. */
export function explainFile(error: unknown, file: SqlFile, sent: string): Error {
  if (isOurs(error)) return error;
  const at = `${file.name}${lineOf(error, sent)}`;
  if (mayPass(error)) return passing(error, `${at}: `);
  return new PermanentError(`postgres-sql: ${at}: ${adviceOf(error)}`, { cause: error });
}

/** An error outside of any file. */
export function explain(error: unknown, table: string): Error {
  if (isOurs(error)) return error;
  if (mayPass(error)) return passing(error, '');
  return new PermanentError(
    `postgres-sql: table "${table}" cannot be used as the record of what ran: ${wordsOf(error)}`,
    {
      cause: error,
    },
  );
}

/** Nothing that keeps us from the server is for good. */
export function explainUnreached(error: unknown): Error {
  if (isOurs(error)) return error;
  const { code = '' } = saidOf(error);
  const text = /^E[A-Z]+$/.test(code)
    ? `the server of config.url cannot be reached (${code})`
    : wordsOf(error);
  return new Error(`postgres-sql: ${text}`, { cause: error });
}

const isOurs = (error: unknown): error is Error =>
  error instanceof Error && (error instanceof TurnTaken || error.message.startsWith('postgres-sql:'));

/** An error without an SQLSTATE is not the server's: the connection broke. */
function mayPass(error: unknown): boolean {
  const { code = '' } = saidOf(error);
  return !/^[0-9A-Z]{5}$/.test(code) || /^E[A-Z]{4}$/.test(code) || PASSES.test(code);
}

function passing(error: unknown, at: string): Error {
  const words = wordsOf(error);
  if (saidOf(error).code === CANCELED)
    return say(`${at}it took longer than a call may take and was undone: ${words}`, error);
  if (isLockTimeout(error)) return say(`${at}something else holds a lock that it needs: ${words}`, error);
  return say(`${at}${words}`, error);
}

const say = (text: string, cause: unknown): Error => new Error(`postgres-sql: ${text}`, { cause });

function adviceOf(error: unknown): string {
  const { code, routine } = saidOf(error);
  if (code === '25001')
    return `${wordsOf(error)}; each file runs in one, so this statement has to be run by hand`;
  if (code === '0A000' && routine === 'exec_stmt_dynexecute')
    return 'BEGIN, COMMIT, ROLLBACK, SAVEPOINT and COPY FROM STDIN cannot stand in a file: each runs in one transaction, together with its record';
  return wordsOf(error);
}

/** `, line 3`, or nothing where the server names no place in the file. */
function lineOf(error: unknown, sent: string): string {
  const { internalPosition, internalQuery } = saidOf(error);
  if (internalPosition === undefined || internalQuery !== sent) return '';
  const before = Array.from(sent).slice(0, Number(internalPosition) - 1);
  return `, line ${before.filter((character) => character === '\n').length + 1}`;
}
