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
        'The share of used connections in the fullest pool of any process. The listener is excluded, because its one session is always in use.',
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
        'Requests that wait for a connection, by pool. A value above 0 for minutes means a slow database or a small pool.',
      unit: 'short',
      steps: upTo(1, 10),
      queries: [query(`sum by (pool) (drawbridge_database_waiting{${HERE}})`, '{{pool}}')],
    }),
  ],
};
