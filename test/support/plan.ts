import type { DataSource } from 'typeorm';

/**
 * Returns the plan of a query by EXPLAIN, over tables that `fill` fills and analyzes. Rolls everything back.
 * Without its own statistics, a plan depends on the time of the server's last automatic analysis.
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
