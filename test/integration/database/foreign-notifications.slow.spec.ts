import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { CHANNEL_NAME } from '../../../src/database/notification-channel.js';
import { createPluginWorld, type PluginWorld } from '../../support/plugin-world.js';
import { query } from '../../support/postgres.js';
import { eventually } from '../../support/world.js';

/** A real worker with a real plugin call, while another role of the server listens and notifies. */
let world: PluginWorld;
let admin: pg.Client;
let foreign: pg.Client;
const role = `notifier_${randomBytes(6).toString('hex')}`;
const received: string[] = [];

beforeAll(async () => {
  world = await createPluginWorld();
  admin = new pg.Client({ connectionString: world.databaseUrl });
  await admin.connect();
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'notifier'`);
  const url = new URL(world.databaseUrl);
  await admin.query(`GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(url.pathname.slice(1))} TO ${role}`);
  [url.username, url.password] = [role, 'notifier'];
  foreign = new pg.Client({ connectionString: url.href });
  await foreign.connect();
  foreign.on('notification', ({ channel }) => received.push(channel));
  await foreign.query('LISTEN drawbridge');
});
afterAll(async () => {
  await foreign?.end();
  await admin?.query(`DROP OWNED BY ${role}`);
  await admin?.end();
  await world?.close();
  await query(inject('postgresUrl'), `DROP ROLE IF EXISTS ${role}`);
});

it("notifications of another role neither abort nor repeat a running call, even with its action's id on the real channel", async () => {
  const connections = [await world.connect('slow')];
  const { id: deployment } = world.twin.createDeployment({ project: 'shop', connections });
  const { id, key } = await world.rested(deployment, 'provisioning');
  await eventually(async () => (await world.calls(key as string)).length > 0);
  const began = Date.now();
  for (let n = 0; n < 30; n++) {
    await foreign.query(`SELECT pg_notify('drawbridge', $1)`, [id]);
    // Only a role that reads the table knows the name, such as a superuser.
    await admin.query(`SELECT pg_notify(${CHANNEL_NAME}, $1)`, [n % 3 === 0 ? `,,x,${id},${id}` : id]);
    await admin.query(`SELECT pg_notify(${CHANNEL_NAME}, $1)`, ['x'.repeat(7_000)]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(Date.now() - began, 'the notifications arrive during the call').toBeLessThan(19_000);
  expect(await world.actionOf(deployment)).toMatchObject({ state: 'provisioning' });
  const done = await world.rested(deployment, 'succeeded');
  expect(done.path).toEqual(['start', 'begin', 'ready', 'accepted']);
  expect((await world.calls(key as string)).map(({ what }) => what)).toEqual(['provision']);
  expect(received.filter((channel) => channel === 'drawbridge')).toHaveLength(30);
  expect(received).toHaveLength(30);
});
