import { POOLS } from '../database/pools.js';
import { gauge } from './registry.js';

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
