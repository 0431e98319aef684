import pg from 'pg';
import { TEMPLATES } from '../deployments.js';

/** A small shop: what a product team would keep in its seed database. */
const SHOP = `
  create table users (
    id int generated always as identity primary key,
    email text not null unique,
    joined_on date not null
  );
  create table products (
    id int generated always as identity primary key,
    name text not null unique,
    price_cents int not null check (price_cents > 0)
  );
  create sequence invoice_number start 10001;
  create table orders (
    id int generated always as identity primary key,
    invoice bigint not null unique default nextval('invoice_number'),
    user_id int not null references users,
    product_id int not null references products,
    quantity int not null check (quantity > 0),
    ordered_on date not null
  );
  create index orders_by_user on orders (user_id);
  create view revenue_by_product as
    select p.name, sum(o.quantity * p.price_cents)::bigint as cents
      from products p join orders o on o.product_id = p.id group by p.name;
  insert into users (email, joined_on)
    select 'user' || n || '@example.com', date '2025-01-01' + n * 3 from generate_series(1, 24) n;
  insert into products (name, price_cents)
    select name, 490 + 310 * row_number() over ()
      from unnest(array['mug', 'lamp', 'chair', 'poster', 'plant', 'rug']) name;
  insert into orders (user_id, product_id, quantity, ordered_on)
    select 1 + n % 24, 1 + n % 6, 1 + n % 3, date '2025-03-01' + n from generate_series(1, 90) n;
`;

/** The row counts of every copy. */
export const TEMPLATE_ROWS = { users: 24, products: 6, orders: 90 } as const;

export async function makeTemplates(adminUrl: string): Promise<void> {
  const { shop, reports } = TEMPLATES;
  await withClient(adminUrl, (admin) => admin.query(`create database ${shop}`));
  await withClient(databaseUrl(adminUrl, shop), (client) => client.query(SHOP));
  await withClient(adminUrl, (admin) => admin.query(`create database ${reports} template ${shop}`));
}

/** Connects to a template. PostgreSQL does not copy a template that has a connection. */
export async function blockTemplate(
  adminUrl: string,
  template: string,
): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({
    connectionString: databaseUrl(adminUrl, template),
    application_name: 'psql',
  });
  client.on('error', () => undefined); // a connection that breaks is released
  await client.connect();
  let released: Promise<void> | null = null;
  return { release: () => (released ??= client.end()) };
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined); // The pending statement rejects with the same error.
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined); // the connection has done its part, or has failed before
  }
}

export function databaseUrl(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${encodeURIComponent(database)}`;
  return address.href;
}
