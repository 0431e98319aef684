import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { failed, ok, warning, type Check } from '../check.js';

const CONNECT_MS = 5_000;
const WAIT_MS = 3_000;

/** Checks whether notifications arrive: a pooler in transaction mode drops them. */
export async function checkListen(url: string | null): Promise<Check[]> {
  if (url === null)
    return [
      warning(
        { name: 'listen' },
        'notifications do not work with DATABASE_POOLING=transaction, so workers poll for jobs',
        'set DATABASE_DIRECT_URL to the address of PostgreSQL itself',
      ),
    ];
  const [listener, notifier] = [clientOf(url), clientOf(url)];
  const received = new Promise<true>((resolve) => listener.on('notification', () => resolve(true)));
  try {
    await Promise.all([listener.connect(), notifier.connect()]);
    // A random name, so that no other session sends on this channel.
    const channel = pg.escapeIdentifier(`drawbridge_doctor_${randomUUID()}`);
    await listener.query(`LISTEN ${channel}`);
    await notifier.query(`NOTIFY ${channel}`);
    return [resultOf(await within(received))];
  } finally {
    await Promise.all([listener.end(), notifier.end()]);
  }
}

function clientOf(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'drawbridge-doctor',
    connectionTimeoutMillis: CONNECT_MS,
  });
  client.on('error', () => undefined); // the current query fails with the same error
  return client;
}

async function within(received: Promise<true>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), WAIT_MS);
  try {
    return await Promise.race([received, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function resultOf(received: boolean): Check {
  const about = { name: 'listen' };
  if (received) return ok(about, 'notifications arrive');
  return failed(
    about,
    'notifications do not arrive: a pooler in transaction mode is probably in between',
    'set DATABASE_URL to the address of PostgreSQL itself, or set DATABASE_POOLING and DATABASE_DIRECT_URL',
  );
}
