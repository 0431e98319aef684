import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { failed, ok, warning, type Check } from '../check.js';

const CONNECT_MS = 5_000;
const WAIT_MS = 3_000;

/** Whether a notification gets through: a pooler that lends a session for one transaction swallows it. */
export async function checkListen(url: string | null): Promise<Check[]> {
  if (url === null)
    return [
      warning(
        { name: 'listen' },
        'nothing is heard through DATABASE_POOLING=transaction: work is found by polling',
        'let DATABASE_DIRECT_URL lead to PostgreSQL itself',
      ),
    ];
  const [ear, mouth] = [clientOf(url), clientOf(url)];
  const heard = new Promise<true>((resolve) => ear.on('notification', () => resolve(true)));
  try {
    await Promise.all([ear.connect(), mouth.connect()]);
    // A name that no other role knows: what is heard was sent here.
    const channel = pg.escapeIdentifier(`drawbridge_doctor_${randomUUID()}`);
    await ear.query(`LISTEN ${channel}`);
    await mouth.query(`NOTIFY ${channel}`);
    return [verdict(await within(heard))];
  } finally {
    await Promise.all([ear.end(), mouth.end()]);
  }
}

function clientOf(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'drawbridge-doctor',
    connectionTimeoutMillis: CONNECT_MS,
  });
  client.on('error', () => undefined); // the query under way fails with it
  return client;
}

async function within(heard: Promise<true>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), WAIT_MS);
  try {
    return await Promise.race([heard, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function verdict(heard: boolean): Check {
  const about = { name: 'listen' };
  if (heard) return ok(about, 'notifications get through');
  return failed(
    about,
    'LISTEN hears nothing on this connection: a pooler that lends sessions for one transaction stands in between',
    'let DATABASE_URL lead to PostgreSQL itself, or set DATABASE_POOLING and DATABASE_DIRECT_URL',
  );
}
