#!/usr/bin/env bash
# undici opens a new, unused connection for each request that is aborted before its response.
set -euo pipefail
PACKAGES=(undici@8.12.4)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund "${PACKAGES[@]}" > /dev/null
cat > run.js <<'JS'
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fetch } from 'undici';

const REQUESTS = 3;
const received = [];
const server = createServer((request) => request.resume()); // it takes its time with the answer
server.on('connection', (socket) => {
  const connection = { bytes: 0 };
  received.push(connection);
  socket.on('data', ({ length }) => (connection.bytes += length));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const aborting = new AbortController();
const url = `http://127.0.0.1:${server.address().port}/`;
const requests = Array.from({ length: REQUESTS }, () => fetch(url, { signal: aborting.signal }));
await sleep(300);
const before = received.length;
aborting.abort();
const ends = await Promise.allSettled(requests);
await sleep(500);
server.close();
const silent = received.slice(before).filter(({ bytes }) => bytes === 0).length;
console.log(`requests: ${REQUESTS}, aborted: ${ends.filter(({ reason }) => reason?.name === 'AbortError').length}`);
console.log(`expected: ${before} connections in all, which end with their requests`);
console.log(`found   : ${received.length} connections, ${silent} of them opened after the abort and without a byte`);
process.exit(before === REQUESTS && silent === REQUESTS ? 0 : 1);
JS
echo "node $(node -v), ${PACKAGES[*]}"
node run.js || { echo "The behaviour has changed." >&2; exit 1; }
