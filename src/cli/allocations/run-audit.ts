import type { DataSource } from 'typeorm';
import { createDataSource } from '../../database/schema/data-source.js';
import { openRuntime, type Runtime } from '../../boot/runtime.js';
import { pendingMigrations } from '../../health/pending-migrations.js';
import { type LoadedAction, type LoadedProvisioners, loadProvisioners } from '../../provisioner/loader.js';
import { errorText } from '../../errors/error-text.js';
import { audit, type Audit } from './allocations-audit.js';
import { printMessage } from '../print/print.js';
import { EXIT } from '../exit.js';
import { CommandError } from '../command-error.js';

export { differs } from './allocations-audit.js';

/** Runs the audit with the configuration and the database of a server started in this folder. */
export async function runAudit(): Promise<Audit> {
  const runtime = await openRuntime(printMessage);
  try {
    return await auditOn(runtime);
  } finally {
    await runtime.close();
  }
}

async function auditOn({ config: { production, actions }, databaseUrl }: Runtime): Promise<Audit> {
  const provisioners = await loadProvisioners([...actions.values()], { production });
  try {
    return await auditWith(provisioners, [...actions.values()], databaseUrl);
  } finally {
    await provisioners.close();
  }
}

async function auditWith(
  provisioners: LoadedProvisioners,
  actions: readonly LoadedAction[],
  databaseUrl: string,
): Promise<Audit> {
  const database = await connect(databaseUrl);
  try {
    const pending = await pendingMigrations(database);
    if (pending.length > 0)
      throw new CommandError(
        `allocations: the database lacks ${pending.join(', ')}: run npm run migrate or start the server`,
      );
    return await audit(provisioners, actions, database);
  } finally {
    await database.destroy();
  }
}

async function connect(url: string): Promise<DataSource> {
  try {
    return await createDataSource(url, { name: 'audit', max: 2 }).initialize();
  } catch (error) {
    throw new CommandError(`allocations: the database cannot be used: ${errorText(error)}`, EXIT.found, {
      cause: error,
    });
  }
}
