import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Ends by itself instead of staying up. */
  readonly once: boolean;
  /** One process for both roles instead of one each. */
  readonly single: boolean;
  /** Where to write what each deployment got. */
  readonly json: string | null;
  /** Where to write the log of Drawbridge's processes. */
  readonly log: string | null;
}

export const HELP = `drawbridge demo: a real Drawbridge, a stand-in for Vercel, and a set of deployments

  npm run demo                  shows them live, then stays up until Ctrl-C
  npm run demo -- --once        ends by itself: 0 when every deployment ended as it should, else 1
  npm run demo -- --json FILE   also writes what each deployment got
  npm run demo -- --log FILE    also writes what Drawbridge logs, down to debug
  npm run demo -- --single      web and worker in one process
`;

/** The options, `help`, or what is wrong with the words given. */
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
