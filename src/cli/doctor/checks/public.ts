import type { DataSource } from 'typeorm';
import { revokeStatements, publicRights } from '../../../database/schema/public-rights.js';
import { failed, ok, type Check } from '../check.js';

/** Checks whether every role of the server may connect: each could take locks and see sessions. */
export async function checkPublic(database: DataSource): Promise<Check[]> {
  const about = { name: 'database-public' };
  const found = await publicRights(database);
  const { rights } = found;
  if (rights.length === 0) return [ok(about, 'only roles with a grant may connect')];
  return [
    failed(
      about,
      `PUBLIC has ${rights.join(' and ')} on the database ${found.database}: every role may connect`,
      `run npm run migrate, or as the owner of the database: ${await revokeStatements(database, found)}`,
    ),
  ];
}
