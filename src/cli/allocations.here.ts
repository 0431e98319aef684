import { createDataSource } from '../database/data.source.js';
import { openGround, type Ground } from '../ground.js';
import { pendingMigrations } from '../health/pending.migrations.js';
import { loadProvisioners } from '../provisioner/loader.js';
import { audit, type Audit } from './allocations.audit.js';
import { say } from './print/print.js';
import { Refusal } from './refusal.js';

export { differs } from './allocations.audit.js';

/** Of the configuration and the database that the server would use in this folder and environment. */
export async function auditHere(): Promise<Audit> {
  const ground = await openGround(say);
  try {
    return await auditOn(ground);
  } finally {
    await ground.close();
  }
}

async function auditOn({ config, databaseUrl }: Ground): Promise<Audit> {
  const { production, actions } = config;
  const provisioners = await loadProvisioners([...actions.values()], { production });
  const database = await createDataSource(databaseUrl, { name: 'audit', max: 2 }).initialize();
  try {
    const pending = await pendingMigrations(database);
    if (pending.length > 0)
      throw new Refusal(
        `allocations: the database is not up to date (${pending.join(', ')}): start the server or run npm run migrate`,
      );
    return await audit(provisioners, [...actions.values()], database);
  } finally {
    await database.destroy();
    await provisioners.close();
  }
}
