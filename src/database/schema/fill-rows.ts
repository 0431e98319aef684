import type { QueryRunner } from 'typeorm';

const BATCH = 1_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * Runs `work` in a transaction of its own, for a migration that has no transaction around all of it. Such a
 * migration may be interrupted anywhere and run again, so its statements must be repeatable.
 */
export async function atOnce(db: QueryRunner, work: () => Promise<void>): Promise<void> {
  await db.startTransaction();
  try {
    await work();
    await db.commitTransaction();
  } catch (error) {
    await db.rollbackTransaction();
    throw error;
  }
}

/** The index of the ids, read in order: a new column has no statistics, and a guess sorts the whole table. */
const BY_ID = ['enable_seqscan', 'enable_bitmapscan', 'enable_sort'];

/**
 * Updates the rows of a table with a uuid `id` that fulfill `condition`, in the order of their ids, which
 * is the order in which all writers lock rows. Each batch is one transaction: it holds locks on 1,000 rows
 * at most, and none on the table.
 */
export async function inBatches(
  db: QueryRunner,
  table: string,
  condition: string,
  set: string,
): Promise<void> {
  for (const plan of BY_ID) await db.query(`SET ${plan} = off`);
  await eachBatch(db, table, condition, set);
  for (const plan of BY_ID) await db.query(`RESET ${plan}`);
}

async function eachBatch(db: QueryRunner, table: string, condition: string, set: string): Promise<void> {
  for (let after: string | null = FIRST; after !== null;) {
    const rows = (await db.query(
      `WITH due AS (
         SELECT id FROM ${table}
         WHERE id > $1 AND ${condition}
         ORDER BY id LIMIT ${BATCH} FOR UPDATE
       ), filled AS (
         UPDATE ${table} t SET ${set}
         FROM due WHERE t.id = due.id
       )
       SELECT id AS last FROM due ORDER BY id DESC LIMIT 1`,
      [after],
    )) as { last: string }[];
    after = rows[0]?.last ?? null;
  }
}
