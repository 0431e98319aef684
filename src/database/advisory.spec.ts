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
  'database/migrations/1764000000000-skeleton.ts', // replaced by a later migration
  'database/migrations/1764700000000-shared-server.ts', // uses pg_try_advisory_lock under a random key
  // Uses pg_try_advisory_lock under a random key, and counts sessions of its own role.
  'provisioner/builtin/postgres-branch/server/lock.ts',
  // In the branch's own database, between calls for that branch.
  'provisioner/builtin/postgres-sql/session.ts',
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
