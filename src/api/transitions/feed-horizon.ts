import type { InstallationScope } from '../../access/scope/installation-scope.js';

const MODULUS = 2n ** 31n;

/** The limit up to which the audit feed may be read. */
export interface Horizon {
  /** Every transition up to this id has been committed or never will be. */
  readonly id: bigint;
  /** The last drawn id. Equals `id` if no open transaction inserts transitions. */
  readonly drawn: bigint;
  /** The sessions whose open transactions keep `id` below `drawn`. */
  readonly holders: readonly Holder[];
}

/** A session with an open transaction that inserts transitions. */
export interface Holder {
  /** Null: a prepared transaction. */
  readonly pid: number | null;
  readonly role: string | null;
  readonly application: string | null;
  /**
   * Seconds since the transaction started; null if PostgreSQL hides it, because the session has another role.
   */
  readonly seconds: number | null;
}

const DRAWN = `SELECT (CASE WHEN is_called THEN last_value ELSE 0 END)::text AS drawn FROM transition_id_seq`;

/**
 * Reads the marks, which are advisory locks. Every role that may connect can take such locks, so only those
 * of sessions that may insert transitions count, directly or through a role. A session that has ended since
 * then still counts until the next reading. Class 68 is used by marks from before the migration SharedServer.
 */
const MARKS = `
  WITH held AS MATERIALIZED (
    SELECT l.objid, l.pid, coalesce(a.usesysid, r.oid) AS role, coalesce(a.usename, r.rolname) AS name,
      a.application_name AS application,
      extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared)) AS seconds
    FROM pg_locks l
    LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    LEFT JOIN pg_prepared_xacts p ON l.pid IS NULL AND l.virtualtransaction = '-1/' || p.transaction::text
    LEFT JOIN pg_roles r ON r.rolname = p.owner
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND (l.classid::bigint = 68 OR l.classid::bigint >> 24 = 68)
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  ), writer AS (
    SELECT role FROM (SELECT DISTINCT role FROM held) h
    WHERE CASE WHEN has_any_column_privilege(role, 'transition', 'INSERT') THEN true
      ELSE EXISTS (
        SELECT FROM pg_roles r
        WHERE pg_has_role(h.role, r.oid, 'MEMBER')
          AND has_any_column_privilege(r.oid, 'transition', 'INSERT')) END
  )
  SELECT DISTINCT objid::text AS mark, pid, name AS role, application, seconds::float8 AS seconds FROM held
  WHERE role IS NULL OR role IN (SELECT role FROM writer)`;

type Mark = Holder & { readonly mark: string };

/** Returns the highest id up to which every transition has been committed or never will be. */
export async function readHorizon(scope: InstallationScope): Promise<bigint> {
  return (await readHorizonWithHolders(scope)).id;
}

/**
 * Like {@link readHorizon}, with the sessions that hold the feed back.
 *
 * Requires two statements in this order. A transaction sets its mark before it draws an id, so a transaction
 * without a mark draws ids above the previously read one. In the other order, a transaction could mark and
 * draw in between.
 */
export async function readHorizonWithHolders(scope: InstallationScope): Promise<Horizon> {
  const [sequence] = await scope.plain<{ drawn: string }>(DRAWN);
  if (sequence === undefined) throw new Error('feed: the sequence of transitions returned no row');
  const drawn = BigInt(sequence.drawn);
  const marks = (await scope.plain<Mark>(MARKS)).map((mark) => ({ ...mark, id: nearest(drawn, mark.mark) }));
  const id = lowest(
    drawn,
    marks.map((mark) => mark.id),
  );
  const holders = id < drawn ? marks.filter((mark) => mark.id < drawn).map(holderOf) : [];
  return { id, drawn, holders: withoutDoubles(holders) };
}

const holderOf = ({ pid, role, application, seconds }: Mark): Holder => ({ pid, role, application, seconds });

/**
 * Removes duplicates: a session has one mark for each inserting statement, or two while older versions are
 * running.
 */
function withoutDoubles(holders: readonly Holder[]): Holder[] {
  return [...new Map(holders.map((holder) => [`${holder.pid} ${holder.role}`, holder])).values()];
}

/**
 * Returns the lowest of the last drawn id and the marks. A mark is an id modulo 2^31 and means the
 * nearest such id.
 */
export function horizonOf(drawn: bigint, marks: readonly bigint[]): bigint {
  return lowest(
    drawn,
    marks.map((mark) => nearest(drawn, mark)),
  );
}

const lowest = (drawn: bigint, ids: readonly bigint[]): bigint =>
  ids.reduce((low, id) => (id < low ? id : low), drawn);

function nearest(drawn: bigint, mark: bigint | string): bigint {
  const half = MODULUS / 2n;
  const ahead = (((BigInt(mark) - drawn + half) % MODULUS) + MODULUS) % MODULUS;
  return drawn + ahead - half;
}

/** Formats holders for logs and problems, e.g. `pid 4711 (drawbridge, psql)`. */
export function nameHolders(holders: readonly Holder[]): string {
  const names = holders.map(({ pid, role, application }) => {
    const session = pid === null ? 'a prepared transaction' : `pid ${pid}`;
    return `${session} (${[role, application].filter((part) => part !== null && part !== '').join(', ')})`;
  });
  return names.length === 0 ? 'a session that has ended since' : names.join(', ');
}
