import { HERE, lines, query, upTo, type Row } from './panel.ts';

const USED = `drawbridge_database_connections{${HERE}, state="used", pool!="listener"}`;
const MAX = `drawbridge_database_connections_max{${HERE}}`;

export const postgres: Row = {
  title: 'Postgres',
  panels: [
    lines('Connections', {
      description: 'Connections of all processes by pool and state.',
      unit: 'short',
      stacked: true,
      queries: [
        query(`sum by (pool, state) (drawbridge_database_connections{${HERE}})`, '{{pool}} {{state}}'),
      ],
    }),
    lines('Pools in use', {
      description:
        'The fullest pool of any process: the share of its connections that is in use. The listener, ' +
        'which is one session, always is and is left out.',
      unit: 'percentunit',
      max: 1,
      steps: upTo(0.8, 1),
      queries: [
        query(
          `max by (pool) (sum by (namespace, job, instance, pool) (${USED}) / sum by (namespace, job, ` +
            `instance, pool) (${MAX}))`,
          '{{pool}}',
        ),
      ],
    }),
    lines('Waiting for a connection', {
      description:
        'Requests that wait for a connection, by pool. Above 0 for minutes: the database is slow, or the ' +
        'pool is too small.',
      unit: 'short',
      steps: upTo(1, 10),
      queries: [query(`sum by (pool) (drawbridge_database_waiting{${HERE}})`, '{{pool}}')],
    }),
  ],
};
