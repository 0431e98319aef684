import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Exits by itself instead of running until Ctrl-C. */
  readonly once: boolean;
  /** Runs both roles in one process. */
  readonly single: boolean;
  /** The file for the results of the deployments. */
  readonly json: string | null;
  /** The file for the log of Drawbridge's processes. */
  readonly log: string | null;
}

export const HELP = `drawbridge demo: a real Drawbridge, a Vercel twin, and a set of deployments

  npm run demo                  shows them live, then keeps running until Ctrl-C
  npm run demo -- --once        exits by itself: 0 when every deployment ended as expected, else 1
  npm run demo -- --json FILE   also writes the result of each deployment as JSON
  npm run demo -- --log FILE    also writes Drawbridge's log, at level debug
  npm run demo -- --single      web and worker in one process
`;

/** Returns the options, `help`, or an Error for invalid arguments. */
export function readOptions(words: readonly string[]): DemoOptions | 'help' | Error {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        once: { type: 'boolean', default: false },
        single: { type: 'boolean', default: false },
        json: { type: 'string' },
        log: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { once, single, json = null, log = null, help } = values;
    if (json === '') return new Error('demo: --json needs the name of a file');
    if (log === '') return new Error('demo: --log needs the name of a file');
    return help ? 'help' : { once, single, json, log };
  } catch (error) {
    return new Error(`demo: ${(error as Error).message}`, { cause: error });
  }
}
