import { requireDeclaredPooler } from '../database/connection/pooling-check.js';
import { requireWritableDatabase } from '../database/connection/preflight.js';
import { migrate } from '../database/schema/migrate.js';
import { logEvent, setLogLevel } from '../log/log.js';
import { openDatabase } from './runtime.js';
import { printNotice } from './terminal.js';

/** `drawbridge migrate`: applies the migrations. Requires the settings of the database only. */
export async function migrateOnly(): Promise<void> {
  const { url, production, logLevel, close } = await openDatabase(printNotice);
  setLogLevel(logLevel);
  try {
    await requireDeclaredPooler({ url, pooled: false, sessionUrl: url });
    await requireWritableDatabase({ url, pooled: false });
    await migrateAndReport(url, production);
  } finally {
    await close();
  }
}

/** Applies the missing migrations and lists them: on the terminal, in production in the log. */
export async function migrateAndReport(url: string, production: boolean): Promise<void> {
  const migrations = await migrate(url);
  if (!production)
    printNotice(migrations.length > 0 ? `migrated: ${migrations.join(', ')}` : 'the database is up to date');
  if (migrations.length > 0 || production) logEvent('database-migrated', { migrations });
}
