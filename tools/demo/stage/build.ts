import { withClient } from './templates.js';

/** What a build found out by itself on the database that it was given. */
export interface Built {
  readonly database: string;
  readonly role: string;
  readonly users: number;
  readonly products: number;
  readonly orders: number;
  readonly bestSeller: string;
  /** Whose builds have run there, oldest first, its own as the last. */
  readonly builds: readonly string[];
}

const LOOK = `
  select current_database() as database, current_user as role, (select count(*)::int from users) as users,
         (select count(*)::int from products) as products, (select count(*)::int from orders) as orders,
         (select name from revenue_by_product order by cents desc, name limit 1) as "bestSeller"`;

/** Its migration: every build leaves its name, which the template must never have. */
const MIGRATE = `
  create table if not exists built (name text primary key, at timestamptz not null default clock_timestamp());`;

/** Connects with the DATABASE_URL that the deployment got, looks, migrates and writes. Null: it got none. */
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
