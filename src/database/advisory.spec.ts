import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCES = new URL('..', import.meta.url).pathname;

/**
 * Every role that may connect to a database can take every advisory lock in it: each use of one has to say
 * why that does no harm. These do; see docs/decisions/0011.
 */
const KNOWN = [
  'database/embedded/embedded-member.ts', // only the superuser may connect to that database
  'database/migrations/1764000000000-skeleton.ts', // replaced by the next
  'database/migrations/1764700000000-shared-server.ts', // only tried, under a random key
  'provisioner/builtin/postgres-branch/server/lock.ts', // only tried, under a random key; counts sessions of its own role
  'provisioner/builtin/postgres-sql/session.ts', // in the branch's own database, among calls for that branch
];

describe('advisory locks', () => {
  it('are taken only where it is known that another role may hold them', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
    );
    const users = files.filter((file) =>
      /pg_(try_)?advisory_/.test(readFileSync(join(SOURCES, file), 'utf8')),
    );
    expect(users.filter((file) => !KNOWN.includes(file))).toEqual([]);
  });
});
