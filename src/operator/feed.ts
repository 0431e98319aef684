import { LessThanOrEqual, MoreThan, And, type DataSource } from 'typeorm';
import { Transition } from '../action/transition.entity.js';

/** The advisory locks that inserting transactions leave as marks; see the trigger `transition_mark`. */
const MARK_CLASS = 68;
const MODULUS = 2n ** 31n;

const DRAWN = `SELECT (CASE WHEN is_called THEN last_value ELSE 0 END)::text AS drawn FROM transition_id_seq`;

const MARKS = `
  SELECT objid::text AS mark FROM pg_locks
  WHERE locktype = 'advisory' AND classid = ${MARK_CLASS} AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

export interface FeedQuery {
  /** Transitions after this id: '0' for all. */
  after: string;
  /** Of this action alone. */
  actionId?: string;
  limit: number;
}

/**
 * Transitions in the order of their ids, none of which can be overtaken: whoever goes on after the last one misses nothing,
 * however long other transactions take to commit. Rows above the horizon appear once everything below them has.
 *
 * @param database the primary: a replica does not know the marks
 */
export async function readFeed(database: DataSource, query: FeedQuery): Promise<Transition[]> {
  const horizon = await readHorizon(database);
  if (BigInt(query.after) >= horizon) return [];
  // A statement of its own, whose snapshot is younger than the marks: what left no mark has committed before, and is seen.
  return database.getRepository(Transition).find({
    where: {
      id: And(MoreThan(query.after), LessThanOrEqual(String(horizon))),
      ...(query.actionId === undefined ? {} : { actionId: query.actionId }),
    },
    order: { id: 'ASC' },
    take: query.limit,
  });
}

/**
 * The highest id up to which every transition has either been committed or never will be.
 *
 * Two statements, in this order: a transaction marks before it draws, so one that has left no mark yet when the marks are
 * read draws ids above what had been drawn before that. The other way round, it could mark and draw in between, unseen.
 */
export async function readHorizon(database: DataSource): Promise<bigint> {
  const [sequence]: { drawn: string }[] = await database.query(DRAWN);
  if (sequence === undefined) throw new Error('feed: the sequence of transitions returned no row');
  const marks: { mark: string }[] = await database.query(MARKS);
  return horizonOf(
    BigInt(sequence.drawn),
    marks.map(({ mark }) => BigInt(mark)),
  );
}

/** The lowest of the last drawn id and the marks; a mark is an id modulo 2^31 and means the one nearest to the last drawn. */
export function horizonOf(drawn: bigint, marks: readonly bigint[]): bigint {
  return marks.map((mark) => nearest(drawn, mark)).reduce((low, id) => (id < low ? id : low), drawn);
}

function nearest(drawn: bigint, mark: bigint): bigint {
  const half = MODULUS / 2n;
  const ahead = (((mark - drawn + half) % MODULUS) + MODULUS) % MODULUS;
  return drawn + ahead - half;
}
