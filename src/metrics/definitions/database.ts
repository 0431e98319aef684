import { OUTAGES } from '../../errors/database-error.js';
import { counter, gauge } from '../registry.js';

/** The names of the pools. The compiler checks them against database/connection/pools.ts. */
export const POOL_LABELS = ['entities', 'store', 'queue', 'read', 'pg-boss', 'listener'] as const;
const pool = POOL_LABELS;

export const connections = gauge({
  name: 'drawbridge_database_connections',
  help: 'Open connections of this process to the database, by pool',
  exporter: 'every',
  labels: { pool, state: ['used', 'idle'] },
});

export const connectionsWaiting = gauge({
  name: 'drawbridge_database_waiting',
  help: 'Requests waiting for a connection, by pool',
  exporter: 'every',
  labels: { pool },
});

export const connectionsMax = gauge({
  name: 'drawbridge_database_connections_max',
  help: 'Limit of connections of a pool',
  exporter: 'every',
  labels: { pool },
});

export const databaseRefusals = counter({
  name: 'drawbridge_database_refusals_total',
  help: 'Errors of an unavailable database (it rejected work or did not respond), by cause',
  exporter: 'every',
  labels: { cause: Object.keys(OUTAGES) },
  note: 'Errors caused by a request or its data are not counted.',
});

export const databaseWritable = gauge({
  name: 'drawbridge_database_writable',
  help: '1 while the database accepts writes of this process, otherwise 0; checked twice a second',
  exporter: 'every',
  note: 'With 0 the process is not ready; `/readyz` names the cause.',
});
