import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { compiled } from '../support/processes.js';
import { eventually } from '../support/world.js';

/** A demo that keeps running until `stop`. */
export interface RunningDemo {
  readonly web: string;
  readonly worker: string;
  /** Resolves with the twin's address when the demo has run its deployments. */
  played(): Promise<string>;
  stop(): Promise<void>;
}

const PLAY_MS = 240_000;

/** Resolves once web and worker listen, before the first deployment. */
export async function startDemo(): Promise<RunningDemo> {
  const child = spawn(process.execPath, [join(await compiled(), 'tools/demo/main.js')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const says = (pattern: RegExp): Promise<string> =>
    eventually(() => {
      if (child.exitCode !== null) throw new Error(`the demo ended:\n${output}`);
      return pattern.exec(output)?.[1];
    }, PLAY_MS);
  return {
    web: await says(/web ready at (http:\S+)/),
    worker: await says(/worker ready at (http:\S+)/),
    played: () => says(/the Vercel twin {7}(\S+)/),
    stop: async () => {
      if (child.exitCode === null) child.kill('SIGINT');
      await exited;
    },
  };
}
