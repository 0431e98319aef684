import type { DataSource } from 'typeorm';
import { CONNECTIONS } from '../../../database/connection/pools.js';
import { failed, ok, warning, type Check } from '../check.js';

interface ConnectionLimits {
  /** Limit of connections for ordinary users: the lowest of server, database and role. */
  limit: number;
  /** Connections in use by other programs. */
  others: number;
  /** Drawbridge processes connected to this database. */
  processes: number;
}

const LIMITS = `
  SELECT least(
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int,
      (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
      (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)) AS limit,
    count(*) FILTER (WHERE backend_type = 'client backend'
      AND NOT (datname = current_database() AND application_name LIKE 'drawbridge-%'))::int AS others,
    count(*) FILTER (WHERE datname = current_database()
      AND application_name = 'drawbridge-listener')::int AS processes
  FROM pg_stat_activity`;

/** Checks whether the database allows the connections of all processes. */
export async function checkConnections(database: DataSource): Promise<Check[]> {
  const [limits]: ConnectionLimits[] = await database.query(LIMITS);
  return [checkLimits(limits as ConnectionLimits)];
}

export function checkLimits({ limit, others, processes }: ConnectionLimits): Check {
  const about = { name: 'connections' };
  const advice = `raise max_connections: each process opens up to ${CONNECTIONS}`;
  const allowed = `the database allows ${limit} connections`;
  if (limit < CONNECTIONS)
    return failed(about, `${allowed}, but one process opens up to ${CONNECTIONS}`, advice);
  const running = Math.max(processes, 1);
  if (limit - others < running * CONNECTIONS)
    return warning(
      about,
      `${allowed}; ${others} are in use by others, but ${running} process(es) may open ` +
        `${running * CONNECTIONS}`,
      advice,
    );
  const fit = Math.floor((limit - others) / CONNECTIONS);
  return ok(about, `${allowed}: enough for ${fit} process(es)`);
}
