/** Exit codes of commands, documented in docs/cli.md. */
export const EXIT = {
  done: 0,
  /** The command failed, or found something that needs attention. */
  found: 1,
  /** The command line is invalid: for example an unknown option or a missing token. */
  usage: 2,
  /** No usable answer: the server is not running, is not Drawbridge, or is temporarily unavailable. */
  unreachable: 3,
  /** The server rejected the request. */
  refused: 4,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];
