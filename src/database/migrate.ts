import { createDataSource } from './data.source.js';
import { createQueue, startQueue } from './queue.js';

/** Serializes processes that migrate at once; any number that nobody else in this database uses for it. */
const LOCK = 685_117_001;

/** Brings the database up to date: our tables, then the queue's. Safe in several processes at once; the rest wait. */
export async function migrate(url: string): Promise<string[]> {
  const database = await createDataSource(url, { name: 'migrate', max: 3 }).initialize();
  const session = database.createQueryRunner();
  try {
    await session.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const done = await database.runMigrations({ transaction: 'each' });
    const boss = createQueue(url, { supervise: false, max: 2 });
    await startQueue(boss);
    await boss.stop({ graceful: false });
    return done.map(({ name }) => name);
  } finally {
    await session.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    await session.release();
    await database.destroy();
  }
}
