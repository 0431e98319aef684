import type { Database, Endpoint } from '@neondatabase/api-client';
import { PermanentError } from '../../provisioner.js';
import { isStatus, type Neon } from './client/api.js';
import type { NeonBranch } from './branch.js';

/**
 * Returns the secrets under the names that Neon's integration with Vercel uses. Reads passwords and never
 * sets them.
 */
export async function secretsFor(
  neon: Neon,
  branch: NeonBranch,
  endpoint: Endpoint,
): Promise<Record<string, string>> {
  const database = await chooseDatabase(neon, branch);
  const role = neon.config.role ?? database.owner_name;
  if (neon.config.role !== undefined) await requireRole(neon, branch, role);
  const pooled = await connection(neon, { branch, endpoint, database: database.name, role });
  return prefixed(neon.config.prefix, namesOf(pooled, endpoint.host));
}

export function namesOf(pooled: URL, host: string): Record<string, string> {
  const unpooled = new URL(pooled);
  unpooled.hostname = host;
  const plain = new URL(pooled);
  plain.search = '';
  const prisma = new URL(pooled);
  prisma.search = `?connect_timeout=15${pooled.search.replace('?', '&')}`;
  const user = decodeURIComponent(pooled.username);
  const password = decodeURIComponent(pooled.password);
  const database = decodeURIComponent(pooled.pathname.slice(1));
  return {
    DATABASE_URL: pooled.href,
    DATABASE_URL_UNPOOLED: unpooled.href,
    PGHOST: pooled.hostname,
    PGHOST_UNPOOLED: host,
    PGUSER: user,
    PGDATABASE: database,
    PGPASSWORD: password,
    POSTGRES_URL: pooled.href,
    POSTGRES_URL_NON_POOLING: unpooled.href,
    POSTGRES_URL_NO_SSL: plain.href,
    POSTGRES_PRISMA_URL: prisma.href,
    POSTGRES_USER: user,
    POSTGRES_HOST: pooled.hostname,
    POSTGRES_PASSWORD: password,
    POSTGRES_DATABASE: database,
  };
}

function prefixed(prefix: string, secrets: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`${prefix}${name}`, value]));
}

async function chooseDatabase(neon: Neon, branch: NeonBranch): Promise<Database> {
  const databases = (await neon.databases(branch.id)).toSorted(byAge);
  const { database: wanted } = neon.config;
  const chosen =
    wanted === undefined
      ? (databases.find(({ name }) => name === 'neondb') ?? databases[0])
      : databases.find(({ name }) => name === wanted);
  if (chosen !== undefined) return chosen;
  throw new PermanentError(
    `neon-branch: branch "${branch.name}" has no ` +
      `${wanted === undefined ? 'database' : `database "${wanted}"`}${listNames(databases)}`,
  );
}

async function requireRole(neon: Neon, branch: NeonBranch, role: string): Promise<void> {
  const roles = await neon.roles(branch.id);
  if (roles.some(({ name }) => name === role)) return;
  throw new PermanentError(`neon-branch: branch "${branch.name}" has no role "${role}"${listNames(roles)}`);
}

async function connection(
  neon: Neon,
  {
    branch,
    endpoint,
    database,
    role,
  }: { branch: NeonBranch; endpoint: Endpoint; database: string; role: string },
): Promise<URL> {
  const query = { branch_id: branch.id, endpoint_id: endpoint.id, database_name: database, role_name: role };
  const uri = await neon.connection(query).catch((error: unknown) => {
    if (isStatus(error, 412)) return null;
    throw error;
  });
  if (uri !== null && uri.password !== '') return uri;
  throw new PermanentError(
    `neon-branch: project "${neon.project}" stores no password for role "${role}"; let the ` +
      'project store passwords, or set another role',
  );
}

function listNames(items: readonly { name: string }[]): string {
  return items.length === 0 ? '' : `; there are ${items.map(({ name }) => `"${name}"`).join(', ')}`;
}

function byAge(one: Database, other: Database): number {
  return one.created_at === other.created_at ? one.id - other.id : one.created_at < other.created_at ? -1 : 1;
}
