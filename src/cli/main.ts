#!/usr/bin/env node
/** The command line for operators. See `EXIT` for its exit codes. */
import 'reflect-metadata';
import { CommanderError } from 'commander';
import { ConfigError } from '../config/problems.js';
import { setLogLevel } from '../log/log.js';
import { ProvisionerLoadError } from '../provisioner/loader.js';
import { EXIT, type Exit } from './exit.js';
import { exitOnClosedOutput } from './print/print.js';
import { createProgram } from './program.js';
import { CommandError } from './command-error.js';

exitOnClosedOutput();
// Commands report errors themselves, and log lines must not mix with their output.
setLogLevel('silent');

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = exitOf(error);
}

function exitOf(error: unknown): Exit {
  // commander has already printed the reason.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const expected = [ConfigError, ProvisionerLoadError, CommandError].some((kind) => error instanceof kind);
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${expected ? message : (stack ?? message)}\n`);
  return error instanceof CommandError ? error.exit : EXIT.found;
}
