import { describe, expect, it } from 'vitest';
import { databaseSettings } from './database-url.js';

const URL = 'postgres://user:password@host:5432/database';

describe('databaseSettings', () => {
  it('asks for nothing else, in production too', () => {
    expect(databaseSettings({ NODE_ENV: 'production', DATABASE_URL: URL })).toEqual({
      url: URL,
      production: true,
      logLevel: 'info',
    });
  });

  it('leads past a pooler, and refuses one that keeps no session', () => {
    const pooled = { DATABASE_URL: `${URL}-pooled`, DATABASE_POOLING: 'transaction' };
    expect(databaseSettings({ ...pooled, DATABASE_DIRECT_URL: URL }).url).toBe(URL);
    expect(() => databaseSettings(pooled)).toThrow('DATABASE_DIRECT_URL: is required by migrate');
  });

  it('means the embedded database when it is unset outside of production', () => {
    expect(databaseSettings({}).url).toBeNull();
    expect(databaseSettings({ DATABASE_URL: '' }).url).toBeNull();
  });

  it('says what production lacks', () => {
    expect(() => databaseSettings({ NODE_ENV: 'production' })).toThrow(
      'DATABASE_URL: is required with NODE_ENV=production: postgres://user:password@host:port/database',
    );
  });

  it('refuses what is no URL of a database, without repeating it', () => {
    expect(() => databaseSettings({ DATABASE_URL: 'mysql://u:geheim@h/d' })).toThrow(
      /^configuration: 1 problem\n {2}- environment: DATABASE_URL: must be postgres:\/\/user:password@host:port\/database$/,
    );
  });
});
