import { stat } from 'node:fs/promises';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createDatabase, startPostgres } from './postgres.js';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows.flat() as unknown[];
  } finally {
    await client.end();
  }
}

describe('the databases of tests', () => {
  it('are separate from each other', async () => {
    const [one, two] = await Promise.all([createDatabase('same'), createDatabase('same')]);
    await query(one.url, 'CREATE TABLE mine AS SELECT 1');
    await expect(query(two.url, 'SELECT * FROM mine')).rejects.toThrow('does not exist');
    await Promise.all([one.drop(), two.drop()]);
  });

  it('are copies of a template if one is named', async () => {
    const template = await createDatabase('template');
    await query(template.url, 'CREATE TABLE mine AS SELECT 42 AS n');
    const copy = await createDatabase({ name: 'copy', template: template.name });
    expect(await query(copy.url, 'SELECT n FROM mine')).toEqual([42]);
    await Promise.all([copy.drop(), template.drop()]);
  });

  it('can be dropped during a connection', async () => {
    const database = await createDatabase();
    const client = new pg.Client({ connectionString: database.url });
    const cut = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    await database.drop();
    await cut;
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow('does not exist');
    await database.drop();
  });

  it('can be created on a server of their own, which leaves nothing behind', async () => {
    const server = await startPostgres();
    const database = await createDatabase({ server: server.url });
    const [directory] = await query(database.url, 'SHOW data_directory');
    await server.stop();
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await expect(stat(String(directory))).rejects.toThrow('ENOENT');
  });
});
