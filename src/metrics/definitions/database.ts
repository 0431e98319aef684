import { OUTAGES } from '../../errors/database-error.js';
import { POOLS } from '../../database/connection/pools.js';
import { counter, gauge } from '../registry.js';

const pool = POOLS.map(({ name }) => name);

export const connections = gauge({
  name: 'drawbridge_database_connections',
  help: 'Connections to the database that this process has open, by pool',
  exporter: 'every',
  labels: { pool, state: ['used', 'idle'] },
});

export const connectionsWaiting = gauge({
  name: 'drawbridge_database_waiting',
  help: 'Requests that wait for a connection, by pool',
  exporter: 'every',
  labels: { pool },
});

export const connectionsMax = gauge({
  name: 'drawbridge_database_connections_max',
  help: 'Connections that a pool opens at most',
  exporter: 'every',
  labels: { pool },
});

export const databaseRefusals = counter({
  name: 'drawbridge_database_refusals_total',
  help: 'Errors by which the database refused to work for this process, or did not answer, by cause',
  exporter: 'every',
  labels: { cause: Object.keys(OUTAGES) },
  note: 'Errors that blame a request or its data are not counted.',
});

export const databaseWritable = gauge({
  name: 'drawbridge_database_writable',
  help: '1 while the database takes the writes of this process, else 0; looked at twice a second',
  exporter: 'every',
  note: '0 makes the process unready; `/readyz` names the cause.',
});
