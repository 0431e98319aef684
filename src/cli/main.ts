#!/usr/bin/env node
/** The operators' command line. How it exits: `EXIT`. */
import 'reflect-metadata';
import { CommanderError } from 'commander';
import { ConfigError } from '../config/problems.js';
import { setLogLevel } from '../log/log.js';
import { ProvisionerLoadError } from '../provisioner/loader.js';
import { EXIT, type Exit } from './exit.js';
import { endWithReader } from './print/print.js';
import { createProgram } from './program.js';
import { Refusal } from './refusal.js';

endWithReader();
// Commands say what is wrong in their own words; stdout is theirs.
setLogLevel('silent');

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = exitOf(error);
}

function exitOf(error: unknown): Exit {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage; // it has said why
  const expected = [ConfigError, ProvisionerLoadError, Refusal].some((kind) => error instanceof kind);
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${expected ? message : (stack ?? message)}\n`);
  return error instanceof Refusal ? error.exit : EXIT.found;
}
