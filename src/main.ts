import 'reflect-metadata';
import { migrateOnly } from './boot/migrate-command.js';
import { SignalHandler } from './boot/signals.js';
import { startServer } from './boot/start-server.js';
import { exitWithError } from './boot/terminal.js';
import { errorText } from './errors/error-text.js';
import { logEvent } from './log/log.js';

async function main(): Promise<void> {
  if (process.argv[2] === 'migrate') return migrateOnly();
  signals.guard(await startServer());
}

/**
 * A rejected promise of a plugin must not end a process that serves other actions. An exception outside of a
 * promise still ends the process, because its damage is unknown; other workers continue.
 */
process.on('unhandledRejection', (reason) => logEvent('promise-failed', { error: errorText(reason) }));

const signals = new SignalHandler();
signals.listen();
main().catch(exitWithError);
