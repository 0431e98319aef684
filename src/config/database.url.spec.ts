import { describe, expect, it } from 'vitest';
import { databaseUrlOf } from './database.url.js';

const URL = 'postgres://user:password@host:5432/database';

describe('databaseUrlOf', () => {
  it('asks for nothing else, in production too', () => {
    expect(databaseUrlOf({ NODE_ENV: 'production', DATABASE_URL: URL })).toBe(URL);
  });

  it('leads past a pooler, and refuses one that keeps no session', () => {
    const pooled = { DATABASE_URL: `${URL}-pooled`, DATABASE_POOLING: 'transaction' };
    expect(databaseUrlOf({ ...pooled, DATABASE_DIRECT_URL: URL })).toBe(URL);
    expect(() => databaseUrlOf(pooled)).toThrow('DATABASE_DIRECT_URL: is required by migrate');
  });

  it('means the embedded database when it is unset outside of production', () => {
    expect(databaseUrlOf({})).toBeNull();
    expect(databaseUrlOf({ DATABASE_URL: '' })).toBeNull();
  });

  it('says what production lacks', () => {
    expect(() => databaseUrlOf({ NODE_ENV: 'production' })).toThrow(
      'DATABASE_URL: is required with NODE_ENV=production: postgres://user:password@host:port/database',
    );
  });

  it('refuses what is no URL of a database, without repeating it', () => {
    expect(() => databaseUrlOf({ DATABASE_URL: 'mysql://u:geheim@h/d' })).toThrow(
      /^configuration: 1 problem\n {2}- environment: DATABASE_URL: must be postgres:\/\/user:password@host:port\/database$/,
    );
  });
});
