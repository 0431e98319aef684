/** How a command ends; docs/cli.md tells people. */
export const EXIT = {
  done: 0,
  /** It did not work out, or something was found that somebody has to look at. */
  found: 1,
  /** The call itself is wrong: an unknown option, a missing token. */
  usage: 2,
  /** No usable answer came: nothing listens there, it is not Drawbridge, or it cannot answer right now. */
  unreachable: 3,
  /** The server understood and said no. */
  refused: 4,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];
