import { greeting, HELP, readCommand } from './cli.js';
import { startTwin, type TwinOptions } from './twin.js';
import { TwinError } from './twin-error.js';

/** Runs until SIGINT or SIGTERM, then closes the twin. The process ends with 0. */
async function run(options: TwinOptions): Promise<void> {
  const twin = await startTwin(options);
  process.stdout.write(greeting(twin.url, options));
  const stop = () => void twin.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function fail(message: string): void {
  process.stderr.write(`${message}\nTry --help.\n`);
  process.exitCode = 2;
}

const command = readCommand(process.argv.slice(2));
switch (command.run) {
  case 'help':
    process.stdout.write(HELP);
    break;
  case 'wrong':
    fail(`twin: ${command.message}`);
    break;
  case 'twin':
    await run(command.options).catch((error: unknown) => {
      if (error instanceof TwinError) return fail(error.message);
      if (error instanceof Error && error.message.startsWith('twin: cannot listen'))
        return fail(error.message);
      throw error;
    });
    break;
  default:
    command satisfies never;
}
