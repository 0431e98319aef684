import { OUTAGES } from '../../errors/database-error.js';
import { counter, gauge } from '../registry.js';

/** The pools' names. database/connection/pools.ts must name the same ones, or it does not compile. */
export const POOL_LABELS = ['entities', 'store', 'queue', 'read', 'pg-boss', 'listener'] as const;
const pool = POOL_LABELS;

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
