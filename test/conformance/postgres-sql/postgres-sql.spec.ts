import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import plugin from '../../../src/provisioner/builtin/postgres-sql/postgres-sql.js';
import { describeProvisioner } from '../../../src/provisioner/testing/conformance.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createDatabase('sql_kit');
  folder = await mkdtemp(join(tmpdir(), 'drawbridge-sql-'));
  for (let number = 1; number <= 5; number++)
    await writeFile(
      join(folder, `00${number}.sql`),
      `create table t${number} (id int); select pg_sleep(0.05);`,
    );
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

describeProvisioner(
  { describe, it },
  {
    plugin,
    config: {
      get url() {
        return database.url;
      },
      get folder() {
        return folder;
      },
    },
    invalidConfig: { url: 'http://example.com', folder: '/nowhere', tabel: 'x' },
  },
);
