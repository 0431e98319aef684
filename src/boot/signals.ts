import { constants } from 'node:os';
import { logEvent } from '../log/log.js';
import type { RunningServer } from './start-server.js';
import { exitWithError, printNotice } from './terminal.js';

/**
 * Milliseconds after which the shutdown is ended. Its actions are delayed only: other workers claim them when
 * the leases lapse.
 */
const SHUTDOWN_LIMIT_MS = 25_000;

/**
 * Ends the process on SIGTERM and SIGINT. The first signal starts the shutdown; a second one ends the process
 * at once, and so does a first one before the server runs. Process 1, as in a container, ignores signals that
 * it does not handle.
 */
export class SignalHandler {
  private server: RunningServer | null = null;
  private stopping = false;

  listen(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.handle(signal));
  }

  /** Makes signals shut this server down. */
  guard(server: RunningServer): void {
    this.server = server;
  }

  private handle(signal: 'SIGTERM' | 'SIGINT'): void {
    if (this.stopping) process.exit(1);
    if (this.server === null) process.exit(128 + constants.signals[signal]);
    this.stopping = true;
    if (!this.server.production) printNotice(`${signal}: shutting down`);
    logEvent('stopping', { signal });
    void shutDownInTime(this.server);
  }
}

async function shutDownInTime(server: RunningServer): Promise<never> {
  setTimeout(() => cutShort(server), SHUTDOWN_LIMIT_MS).unref();
  try {
    await server.stop();
  } catch (error) {
    exitWithError(error);
  }
  logEvent('stopped', {});
  process.exit(0);
}

/**
 * Ends a shutdown that takes too long, because of the database or a request. This is not a fault of
 * Drawbridge.
 */
function cutShort(server: RunningServer): never {
  logEvent('stopped-late', { count: server.inFlight() });
  process.exit(1);
}
