import type { Session } from '../../src/database/sql.js';

/** A session that answers its statements with these rows in turn, and keeps their values. */
export function scriptedSession(...answers: readonly object[][]) {
  const given: (readonly unknown[])[] = [];
  const left = [...answers];
  const session: Session = {
    rows: async <Row>(_: unknown, values: readonly unknown[]): Promise<Row[]> => {
      given.push(values);
      const rows = left.shift();
      if (rows === undefined) throw new Error('scripted session: a statement more than there are answers');
      return rows as Row[];
    },
  };
  /** The list that the nth statement was given as JSON. */
  const listOf = (n: number) => JSON.parse(given[n]![0] as string) as Record<string, unknown>[];
  return { session, given, listOf };
}
