import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getMetadataArgsStorage } from 'typeorm';
// oxlint-disable-next-line import/no-unassigned-import -- its decorators register the entities
import '../../../src/app.module.js';
import { columnsOf } from '../../../src/database/columns.js';
import { migrate } from '../../../src/database/schema/migrate.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

/** Tables without an entity, with the reason. */
const WITHOUT_ENTITY = {
  drawbridge_migration: 'TypeORM writes it',
  notification_channel: 'it has one row, which only the SQL of the database folder reads',
};

/** Columns without a property, with the reason. */
const WITHOUT_PROPERTY: Record<string, string[]> = {
  action: ['status_text'], // the previous version reads and writes it, beside this version's two columns
};

type Entity = abstract new () => object;
const tables = getMetadataArgsStorage().tables;
const entities = tables.map(({ target, name }) => ({ entity: target as Entity, table: name as string }));

interface Column {
  name: string;
  type: string;
  nullable: boolean;
  values: string[] | null;
}

const COLUMNS = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable, (
    SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c
    WHERE c.conrelid = a.attrelid AND c.contype = 'c' AND c.conkey = ARRAY[a.attnum]
      AND pg_get_constraintdef(c.oid) ~ '^CHECK \\(\\(\\w+ = ANY \\(ARRAY\\[') AS list
  FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped`;
const NAMES: Record<string, string> = { integer: 'int', 'timestamp with time zone': 'timestamptz' };

/** `CHECK ((state = ANY (ARRAY['open'::text, …])))` */
const valuesOf = (list: string | null): string[] | null =>
  list === null
    ? null
    : [...list.matchAll(/'([^']*)'::text/g)].map(([, value]) => value as string).toSorted();

describe('the entities', () => {
  let database: TestDatabase;
  let db: pg.Client;

  beforeAll(async () => {
    database = await createDatabase('entities');
    await migrate(database.url);
    db = new pg.Client({ connectionString: database.url });
    await db.connect();
  });
  afterAll(async () => {
    await db?.end();
    await database?.drop();
  });

  const inDatabase = async (table: string): Promise<Column[]> => {
    const { rows } = await db.query(COLUMNS, [`public.${table}`]);
    const read = rows.filter(({ name }) => WITHOUT_PROPERTY[table]?.includes(name) !== true);
    return read.map(({ name, type, nullable, list }) => ({
      name,
      type: NAMES[type] ?? type,
      nullable,
      values: valuesOf(list),
    }));
  };
  const declared = (entity: Entity): Column[] =>
    columnsOf(entity).map(({ name, type, nullable, values }) => ({
      name,
      type,
      nullable,
      values: values ? [...values].toSorted() : null,
    }));
  const byName = (columns: Column[]): Column[] => columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));

  it.each(entities)(
    'have exactly the columns of $table, with their types, nulls and closed lists',
    async (one) => {
      expect(byName(declared(one.entity))).toEqual(byName(await inDatabase(one.table)));
    },
  );

  it('exist for each table, except those with a reason', async () => {
    const { rows } = await db.query<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    const covered = [...entities.map(({ table }) => table), ...Object.keys(WITHOUT_ENTITY)].toSorted();
    expect(rows.map(({ name }) => name)).toEqual(covered);
  });
});
