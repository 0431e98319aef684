import { PermanentError } from '../../provisioner.js';
import { explain, explainFile } from './failure.js';
import type { SqlFile } from './folder.js';
import { ensureTable, locateTable, recorded } from './record.js';
import type { ScriptSession } from './session.js';

export interface ScriptProgress {
  readonly ran: number;
  readonly of: number;
}

/** Runs the remaining files in order, until all ran or the call has no time for another. */
export async function runFiles(
  session: ScriptSession,
  files: readonly SqlFile[],
  name: string,
): Promise<ScriptProgress> {
  const table = await prepare(session, name);
  for (;;) {
    const ran = await recorded(session, table).catch((error: unknown) => {
      throw explain(error, name);
    });
    rejectChanged(files, ran);
    const left = files.filter((file) => !ran.has(file.name));
    const [next] = left;
    if (next === undefined || !session.hasTime) return { ran: files.length - left.length, of: files.length };
    await runFile(session, next, table);
  }
}

async function prepare(session: ScriptSession, name: string): Promise<string> {
  try {
    const table = await locateTable(session, name);
    await ensureTable(session, table);
    return table;
  } catch (error) {
    throw explain(error, name);
  }
}

function rejectChanged(files: readonly SqlFile[], ran: ReadonlyMap<string, string>): void {
  const changed = files.find(({ name, sha256 }) => ran.has(name) && ran.get(name) !== sha256);
  if (changed === undefined) return;
  throw new PermanentError(
    `postgres-sql: ${changed.name} changed after it ran; restore it, and put the change into a new file`,
  );
}

/**
 * EXECUTE runs all statements of a file, and fails for those that would end the transaction, which rolls the
 * file back. A file with a COMMIT that is sent directly would take effect without its record.
 */
const EXECUTE = `do $$ begin execute pg_catalog.current_setting('drawbridge.sql'); end $$`;

/**
 * Runs a file and its record in one transaction. `select 1` is last because EXECUTE must not end with a
 * SELECT INTO.
 */
async function runFile(session: ScriptSession, file: SqlFile, table: string): Promise<void> {
  const sent = `${file.text}\n;select 1`;
  try {
    await session.begin(table);
    if (await hasRun(session, file, table)) return await session.rollback();
    await session.query(`select pg_catalog.set_config('drawbridge.sql', $1, true) is not null`, [sent]);
    await session.query(EXECUTE);
    await session.query(`reset session authorization; reset role; set local client_encoding = 'UTF8'`);
    await session.limit();
    await session.query(`insert into ${table} (name, sha256) values ($1, $2)`, [file.name, file.sha256]);
    await session.commit();
    // Settings that a file made for its session must not affect the next file.
    await session.query('discard all');
  } catch (error) {
    throw explainFile(error, file, sent);
  }
}

async function hasRun(session: ScriptSession, file: SqlFile, table: string): Promise<boolean> {
  const rows = await session.query(`select from ${table} where name = $1`, [file.name]);
  return rows.length > 0;
}
