import { describe, expect, it } from 'vitest';
import { databaseSettings } from './database-url.js';

const URL = 'postgres://user:password@host:5432/database';

describe('databaseSettings', () => {
  it('requires no other setting, even in production', () => {
    expect(databaseSettings({ NODE_ENV: 'production', DATABASE_URL: URL })).toEqual({
      url: URL,
      production: true,
      logLevel: 'info',
    });
  });

  it('returns the direct URL beside a pooler, and rejects a pooler in transaction mode without one', () => {
    const pooled = { DATABASE_URL: `${URL}-pooled`, DATABASE_POOLING: 'transaction' };
    expect(databaseSettings({ ...pooled, DATABASE_DIRECT_URL: URL }).url).toBe(URL);
    expect(() => databaseSettings(pooled)).toThrow('DATABASE_DIRECT_URL: is required by migrate');
  });

  it('returns null if DATABASE_URL is unset outside production', () => {
    expect(databaseSettings({}).url).toBeNull();
    expect(databaseSettings({ DATABASE_URL: '' }).url).toBeNull();
  });

  it('requires DATABASE_URL in production', () => {
    expect(() => databaseSettings({ NODE_ENV: 'production' })).toThrow(
      'DATABASE_URL: is required with NODE_ENV=production: postgres://user:password@host:port/database',
    );
  });

  it('rejects an invalid URL without quoting it', () => {
    expect(() => databaseSettings({ DATABASE_URL: 'mysql://u:geheim@h/d' })).toThrow(
      new RegExp(
        '^configuration: 1 problem\\n {2}- environment: DATABASE_URL: ' +
          'must be postgres://user:password@host:port/database$',
      ),
    );
  });
});
