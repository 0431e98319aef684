import { withClient } from './templates.js';

/** What a build read from its database. */
export interface Built {
  readonly database: string;
  readonly role: string;
  readonly users: number;
  readonly products: number;
  readonly orders: number;
  readonly bestSeller: string;
  /** The builds that ran in the database, oldest first; the last is its own. */
  readonly builds: readonly string[];
}

const LOOK = `
  select current_database() as database, current_user as role, (select count(*)::int from users) as users,
         (select count(*)::int from products) as products, (select count(*)::int from orders) as orders,
         (select name from revenue_by_product order by cents desc, name limit 1) as "bestSeller"`;

/** The build's migration: each build stores its name, which must never appear in the template. */
const MIGRATE = `
  create table if not exists built (
    name text primary key, at timestamptz not null default clock_timestamp());`;

/**
 * Connects with the deployment's DATABASE_URL, reads, migrates and writes. Returns null without a
 * DATABASE_URL.
 */
export async function build(name: string, env: Readonly<Record<string, string>>): Promise<Built | null> {
  const url = env['DATABASE_URL'];
  if (url === undefined) return null;
  return withClient(url, async (client) => {
    const { rows } = await client.query<Omit<Built, 'builds'>>(LOOK);
    await client.query(MIGRATE);
    await client.query('insert into built (name) values ($1) on conflict do nothing', [name]);
    const built = await client.query<{ name: string }>('select name from built order by at');
    const [found] = rows;
    if (found === undefined) throw new Error(`build: ${name} read nothing from its database`);
    return { ...found, builds: built.rows.map((row) => row.name) };
  });
}
