import type { Client } from 'pg';

/**
 * SQL for the name of Drawbridge's channel: a random name, made by a migration. The payload of a notification
 * lists the ids of actions that a webhook or an operator changed; '' means new work only.
 */
export const CHANNEL_NAME = '(SELECT name FROM notification_channel)';

/** @throws Error when the database is not migrated */
export async function listenOn(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM notification_channel');
  const [row] = rows;
  if (row === undefined) throw new Error('listener: the table notification_channel is empty');
  await client.query(`LISTEN ${client.escapeIdentifier(row.name)}`);
}
