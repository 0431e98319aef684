import type { DataSource } from 'typeorm';

/**
 * The plan of a query over tables that `fill` fills and analyzes, as EXPLAIN writes it. Nothing of it stays. Without statistics of its
 * own, a plan depends on when the server last analyzed the table by itself.
 */
export async function planOver(
  database: DataSource,
  fill: readonly string[],
  query: string,
): Promise<string> {
  const runner = database.createQueryRunner();
  await runner.startTransaction();
  try {
    for (const statement of fill) await runner.query(statement);
    const lines = (await runner.query(`EXPLAIN ${query}`)) as { 'QUERY PLAN': string }[];
    return lines.map((line) => line['QUERY PLAN']).join('\n');
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
}
