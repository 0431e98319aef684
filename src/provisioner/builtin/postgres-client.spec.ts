import { afterEach, describe, expect, it, vi } from 'vitest';
import { clientOf, FIXED_PATH } from './postgres-client.js';

interface Parameters {
  readonly database: string;
  readonly options: string | undefined;
}

/** What the driver makes of it. */
const made = (url: string, over: { database?: string; startup?: string } = {}) => {
  const client = clientOf(new URL(url), { name: 'test', connectMs: 1_000, startup: '', ...over });
  const { password } = client as unknown as { password: () => string };
  const { connectionParameters } = client as unknown as { connectionParameters: Parameters };
  return { client, password: password(), ...connectionParameters };
};

afterEach(() => void vi.unstubAllEnvs());

describe('a client of PostgreSQL', () => {
  it('has the password of the url, however it is written, and never that of the environment', () => {
    vi.stubEnv('PGPASSWORD', 'of-this-process');
    expect(made('postgresql://u:p%40ss@h/db').password).toBe('p@ss');
    expect(made('postgresql://u@h/db?password=stated').password).toBe('stated');
    expect(made('postgresql://u@h/db').password).toBe('');
  });

  it('connects to a database whatever its name holds', () => {
    const name = `we+ird: &@/=?#,;% "ü"`;
    expect(made('postgresql://u:p@h/db', { database: name }).database).toBe(name);
    expect(made('postgresql://u:p@h/db').database).toBe('db');
  });

  it('sends the fixed path last, so that it wins over settings of the url', () => {
    const url = 'postgresql://u:p@h/db?options=-c%20search_path%3Dpublic';
    expect(made(url, { startup: FIXED_PATH }).options).toBe(`-c search_path=public ${FIXED_PATH}`);
    expect(made('postgresql://u:p@h/db').options).toBeUndefined();
  });
});
