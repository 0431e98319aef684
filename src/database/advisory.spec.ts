import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCES = new URL('..', import.meta.url).pathname;

/**
 * The only files that may use advisory locks. Every role that may connect to a database can take every
 * advisory lock in it, so each entry says why a foreign lock does no harm. See docs/decisions/0011.
 */
const KNOWN = [
  'database/embedded/embedded-member.ts', // only the superuser may connect to that database
  'database/migrations/1764000000000-skeleton.ts', // replaced by shared-server
  'database/migrations/1764700000000-shared-server.ts', // tried under a random key
  'provisioner/builtin/postgres-branch/server/lock.ts', // tried under a random key; counts own sessions only
  'provisioner/builtin/postgres-sql/session.ts', // in the branch's own database, among calls for that branch
];

describe('advisory locks', () => {
  it('occur only in files that tolerate a lock of another role', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
    );
    const users = files.filter((file) =>
      /pg_(try_)?advisory_/.test(readFileSync(join(SOURCES, file), 'utf8')),
    );
    expect(users.filter((file) => !KNOWN.includes(file))).toEqual([]);
  });
});
