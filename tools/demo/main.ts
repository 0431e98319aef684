import { DemoClosing } from './closing.js';
import { HELP, readOptions, type DemoOptions } from './options.js';
import { Show } from './show.js';
import { lastLine, type Verdict } from './verdict.js';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const say = (text: string): void => void process.stdout.write(text);
const complain = (text: string): void => void process.stderr.write(`${text}\n`);
const codeOf = ({ asExpected }: Verdict): number => (asExpected ? 0 : 1);

async function run(options: DemoOptions): Promise<never> {
  const closing = new DemoClosing();
  let upWith: Verdict | null = null;
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (closing.begun) process.exit(code); // a second one; what is left is ended by the guard of its folder
      complain('\ndemo: ending everything');
      void end(closing, upWith === null ? code : codeOf(upWith));
    });
  }
  process.stdout.on('error', () => void end(closing, 1)); // nobody reads on
  const colors = process.stdout.isTTY && process.stdout.hasColors();
  const write = (text: string): void => (closing.begun ? undefined : say(text));
  const show = new Show(options, { write, colors, startedAt: performance.timeOrigin }, closing);
  try {
    const verdict = await show.run((reached) => (upWith = reached));
    return await end(closing, codeOf(verdict), lastLine(verdict));
  } catch (error) {
    if (!closing.begun) complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return end(closing, 1);
  }
}

/** Ends everything, then the process. Whoever comes first decides the exit code. */
async function end(closing: DemoClosing, code: number, last?: string): Promise<never> {
  if (closing.begun) return new Promise<never>(() => undefined);
  try {
    await closing.close();
  } catch (error) {
    complain(
      `demo: not everything ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
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
