import type { Config } from '../config/config.js';
import { ConfigError } from '../config/problems.js';
import { refusalOf } from '../database/connection/preflight.js';
import { logEvent } from '../log/log.js';
import { ProvisionerLoadError } from '../provisioner/loader.js';

/** Prints a line for the person at the terminal. In production the log contains the same as events. */
export const printNotice = (text: string): void => void process.stderr.write(`${text}\n`);

/** Prints the warnings of the configuration, and which secrets were generated for development. */
export function announce({ production, warnings, generated }: Config): void {
  for (const warning of warnings) {
    if (!production) printNotice(`warning: ${warning}`);
    logEvent('configuration-warning', { warning });
  }
  for (const { name, value, reused } of generated) {
    // People do not type the other secrets.
    const shown = name === 'OPERATOR_TOKENS' ? `: an admin's token is ${value}` : '';
    const which = reused ? 'the one generated earlier' : 'a newly generated one';
    printNotice(`${name} is not set; ${which} is used for development${shown}`);
  }
}

/** Ends the process with exit code 1. Prints a stack only for an error that the operator cannot fix. */
export function exitWithError(error: unknown): never {
  const expected = error instanceof ConfigError || error instanceof ProvisionerLoadError;
  printNotice(expected ? error.message : (refusalOf(error) ?? `drawbridge: ${stackOf(error)}`));
  process.exit(1);
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
