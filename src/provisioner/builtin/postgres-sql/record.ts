/**
 * The table of the files that ran. It is in the database where they ran, so both are always removed
 * together.
 */
import { escapeIdentifier } from '../postgres-client.js';
import { PermanentError } from '../../provisioner.js';
import type { ScriptSession } from './session.js';

const NAME = /^(?:([A-Za-z_][A-Za-z0-9_]{0,62})\.)?([A-Za-z_][A-Za-z0-9_]{0,62})$/;

/** Parses `table` and `schema.table`; null for any other text. Keeps upper case. */
export function parseTable(text: string): { schema: string | null; name: string } | null {
  const match = NAME.exec(text);
  return match === null ? null : { schema: match[1] ?? null, name: match[2] as string };
}

/**
 * Returns the quoted, qualified name, because a file may change the search path. Throws when no schema is
 * found.
 */
export async function locateTable(session: ScriptSession, text: string): Promise<string> {
  const { schema, name } = parseTable(text) as { schema: string | null; name: string };
  const found = schema ?? (await schemaOf(session, name));
  if (found === null)
    throw new PermanentError(
      `postgres-sql: the search path of the role has no schema for table "${name}"; set ` +
        `config.table to schema.${name}`,
    );
  return `${escapeIdentifier(found)}.${escapeIdentifier(name)}`;
}

async function schemaOf(session: ScriptSession, name: string): Promise<string | null> {
  const [row] = await session.query<{ schema: string | null }>(
    `select coalesce((select nspname from pg_class c join pg_namespace n on n.oid = relnamespace
                        where c.oid = to_regclass($1)),
       current_schema()) as schema`,
    [escapeIdentifier(name)],
  );
  return row?.schema ?? null;
}

export async function ensureTable(session: ScriptSession, table: string): Promise<void> {
  const [row] = await session.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    table,
  ]);
  if (row?.there) return;
  await session.begin(table);
  await session.query(
    `create table if not exists ${table} (
       name text primary key, sha256 text not null, ran_at timestamptz not null default clock_timestamp())`,
  );
  await session.commit();
}

/** Returns the checksums of the files that ran, by name. */
export async function recorded(session: ScriptSession, table: string): Promise<Map<string, string>> {
  const rows = await session.query<{ name: string; sha256: string }>(`select name, sha256 from ${table}`);
  return new Map(rows.map((row) => [row.name, row.sha256]));
}
