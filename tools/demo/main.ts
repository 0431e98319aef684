import { DemoShutdown } from './shutdown.js';
import { HELP, readOptions, type DemoOptions } from './options.js';
import { Demo } from './demo.js';
import { lastLine, type DemoResult } from './result/demo-result.js';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const print = (text: string): void => void process.stdout.write(text);
const printError = (text: string): void => void process.stderr.write(`${text}\n`);
const codeOf = ({ asExpected }: DemoResult): number => (asExpected ? 0 : 1);

async function run(options: DemoOptions): Promise<never> {
  const shutdown = new DemoShutdown();
  let upWith: DemoResult | null = null;
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (shutdown.begun) process.exit(code); // A second signal: the guard of the folder ends what is left.
      printError('\ndemo: stopping everything');
      void end(shutdown, upWith === null ? code : codeOf(upWith));
    });
  }
  process.stdout.on('error', () => void end(shutdown, 1)); // The reader of the output is gone.
  const colors = process.stdout.isTTY && process.stdout.hasColors();
  const write = (text: string): void => (shutdown.begun ? undefined : print(text));
  const show = new Demo(options, { write, colors, startedAt: performance.timeOrigin }, shutdown);
  try {
    const result = await show.run((reached) => (upWith = reached));
    return await end(shutdown, codeOf(result), lastLine(result));
  } catch (error) {
    if (!shutdown.begun) printError(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return end(shutdown, 1);
  }
}

/** Stops everything, then the process. The first call decides the exit code. */
async function end(shutdown: DemoShutdown, code: number, last?: string): Promise<never> {
  if (shutdown.begun) return new Promise<never>(() => undefined);
  try {
    await shutdown.close();
  } catch (error) {
    printError(
      'demo: some parts did not stop: ' +
        (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
    process.exit(code === 0 ? 1 : code);
  }
  if (last !== undefined) print(`${last}\n`);
  process.exit(code);
}

const options = readOptions(process.argv.slice(2));
if (options === 'help') print(HELP);
else if (options instanceof Error) {
  printError(`${options.message}\nTry --help.`);
  process.exitCode = 2;
} else await run(options);
