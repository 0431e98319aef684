import { DemoClosing } from './closing.js';
import { HELP, readOptions, type DemoOptions } from './options.js';
import { Demo } from './demo.js';
import { lastLine, type DemoResult } from './result/demo-result.js';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const say = (text: string): void => void process.stdout.write(text);
const complain = (text: string): void => void process.stderr.write(`${text}\n`);
const codeOf = ({ asExpected }: DemoResult): number => (asExpected ? 0 : 1);

async function run(options: DemoOptions): Promise<never> {
  const closing = new DemoClosing();
  let upWith: DemoResult | null = null;
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (closing.begun) process.exit(code); // A second signal: the guard of the folder ends what is left.
      complain('\ndemo: stopping everything');
      void end(closing, upWith === null ? code : codeOf(upWith));
    });
  }
  process.stdout.on('error', () => void end(closing, 1)); // The reader of the output is gone.
  const colors = process.stdout.isTTY && process.stdout.hasColors();
  const write = (text: string): void => (closing.begun ? undefined : say(text));
  const show = new Demo(options, { write, colors, startedAt: performance.timeOrigin }, closing);
  try {
    const result = await show.run((reached) => (upWith = reached));
    return await end(closing, codeOf(result), lastLine(result));
  } catch (error) {
    if (!closing.begun) complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return end(closing, 1);
  }
}

/** Stops everything, then the process. The first call decides the exit code. */
async function end(closing: DemoClosing, code: number, last?: string): Promise<never> {
  if (closing.begun) return new Promise<never>(() => undefined);
  try {
    await closing.close();
  } catch (error) {
    complain(
      'demo: some parts did not stop: ' +
        (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
    process.exit(code === 0 ? 1 : code);
  }
  if (last !== undefined) say(`${last}\n`);
  process.exit(code);
}

const options = readOptions(process.argv.slice(2));
if (options === 'help') say(HELP);
else if (options instanceof Error) {
  complain(`${options.message}\nTry --help.`);
  process.exitCode = 2;
} else await run(options);
