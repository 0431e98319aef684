import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientOf, FIXED_PATH } from './postgres-client.js';

interface Parameters {
  readonly database: string;
  readonly options: string | undefined;
}

/** Returns the client, its password and the driver's connection parameters. */
const clientWith = (url: string, over: { database?: string; startup?: string } = {}) => {
  const client = clientOf(new URL(url), { name: 'test', connectMs: 1_000, startup: '', ...over });
  const { password } = client as unknown as { password: () => string };
  const { connectionParameters } = client as unknown as { connectionParameters: Parameters };
  return { client, password: password(), ...connectionParameters };
};

afterEach(() => void vi.unstubAllEnvs());

describe('a client of PostgreSQL', () => {
  it('uses the password of the URL in any notation, and never the one of the environment', () => {
    vi.stubEnv('PGPASSWORD', 'of-this-process');
    expect(clientWith('postgresql://u:p%40ss@h/db').password).toBe('p@ss');
    expect(clientWith('postgresql://u@h/db?password=stated').password).toBe('stated');
    expect(clientWith('postgresql://u@h/db').password).toBe('');
  });

  it('connects to a database with any name', () => {
    const name = `we+ird: &@/=?#,;% "ü"`;
    expect(clientWith('postgresql://u:p@h/db', { database: name }).database).toBe(name);
    expect(clientWith('postgresql://u:p@h/db').database).toBe('db');
  });

  it('sends the fixed path last, so that it overrides settings of the URL', () => {
    const url = 'postgresql://u:p@h/db?options=-c%20search_path%3Dpublic';
    expect(clientWith(url, { startup: FIXED_PATH }).options).toBe(`-c search_path=public ${FIXED_PATH}`);
    expect(clientWith('postgresql://u:p@h/db').options).toBeUndefined();
  });
});
