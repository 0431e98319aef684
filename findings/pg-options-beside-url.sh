#!/usr/bin/env bash
# pg drops an option that is set beside connectionString, even if the string does not contain it.
set -euo pipefail
PACKAGES=(pg@8.23.1)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund "${PACKAGES[@]}" > /dev/null
cat > run.js <<'JS'
import pg from 'pg';

const expected = { database: 'shop', port: 6543, password: 'kept' };
const client = new pg.Client({ connectionString: 'postgres://app@db.internal', ...expected });
const found = { database: client.database, port: client.port, password: client.password };
console.log('string  : postgres://app@db.internal');
console.log('options :', JSON.stringify(expected));
console.log('expected:', JSON.stringify(expected), '(the string names no database, port or password)');
console.log('found   :', JSON.stringify(found), '(the database is named after the user)');
const observed = { database: 'app', port: 5432, password: null };
process.exitCode = JSON.stringify(found) === JSON.stringify(observed) ? 0 : 1;
JS
echo "node $(node -v), ${PACKAGES[*]}"
env -u PGDATABASE -u PGPORT -u PGPASSWORD node run.js || { echo "The behaviour has changed." >&2; exit 1; }
