#!/usr/bin/env bash
# jose throws a TypeError, not its own error, for a token signed with a short RSA key of a key set.
set -euo pipefail
PACKAGES=(jose@6.2.17)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund "${PACKAGES[@]}" > /dev/null
cat > run.js <<'JS'
import { generateKeyPairSync, sign } from 'node:crypto';
import { createLocalJWKSet, errors, jwtVerify } from 'jose';

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

async function failureWith(modulusLength, keyInSet) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  const signed = `${encoded({ alg: 'RS256', kid: 'k' })}.${encoded({ sub: 'somebody' })}`;
  const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: keyInSet, alg: 'RS256', use: 'sig' };
  return jwtVerify(token, createLocalJWKSet({ keys: [jwk] })).then(
    () => 'accepted',
    (error) => `${error.constructor.name}, a JOSEError: ${error instanceof errors.JOSEError} (${error.message})`,
  );
}

const short = await failureWith(1024, 'k');
console.log('a key of 2048 bits            :', await failureWith(2048, 'k'));
console.log('a key that is not in the set  :', await failureWith(2048, 'other'));
console.log('expected of a key of 1024 bits: a JOSEError too: the token and its key come from outside');
console.log('found                         :', short);
process.exitCode = short.startsWith('TypeError, a JOSEError: false') ? 0 : 1;
JS
echo "node $(node -v), ${PACKAGES[*]}"
node run.js || { echo "The behaviour has changed." >&2; exit 1; }
