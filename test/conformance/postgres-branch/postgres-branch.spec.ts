import { afterAll, beforeAll, describe, it } from 'vitest';
import plugin from '../../../src/provisioner/builtin/postgres-branch/postgres-branch.js';
import { describeProvisioner } from '../../../src/provisioner/testing/conformance.js';
import { createAdmin, createTemplate, startCluster, type TestCluster } from '../cluster.js';

let cluster: TestCluster;
let restricted: string;

beforeAll(async () => {
  cluster = await startCluster();
  restricted = await createAdmin(cluster);
  await createTemplate(cluster, 'app');
  await createTemplate(cluster, 'owned', 'branch_admin');
});
afterAll(() => cluster.stop());

/** The server's objects of a key: its database with its oid, and its role. */
async function find(key: string): Promise<unknown> {
  const [found] = await cluster.sql<{ database: string | null; role: string | null }>(
    'select (select oid from pg_database where datname = $1) as database, (select oid from ' +
      'pg_roles where rolname = $1) as role',
    [key],
  );
  return found?.database === null && found.role === null ? null : found;
}

/** The server's address is known only once it runs, so getters read the configuration late. */
const late = (admin: () => string, template: string): unknown => ({
  get admin() {
    return admin();
  },
  template,
});

describe('with a superuser', () => {
  describeProvisioner(
    { describe, it },
    {
      plugin,
      config: late(() => cluster.url(), 'app'),
      invalidConfig: { admin: 'http://example.com', templat: 'app' },
      find,
    },
  );
});

describe('with a role that may create databases and roles and owns the template', () => {
  describeProvisioner(
    { describe, it },
    {
      plugin,
      config: late(() => restricted, 'owned'),
      invalidConfig: { admin: 5 },
      find,
    },
  );
});
