#!/usr/bin/env node
/** The operators' command line. Exit codes: 0 done, 1 it did not work out or a difference was found, 2 the call is wrong. */
import 'reflect-metadata';
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/problems.js';
import { ProvisionerLoadError } from '../provisioner/loader.js';
import { addAllocations } from './allocations.js';
import { addPluginCommands } from './plugin.js';
import { Refusal } from './refusal.js';

const program = new Command('drawbridge')
  .description('Drawbridge for operators and plugin teams')
  .showHelpAfterError('(drawbridge --help lists all commands)')
  .configureHelp({ sortSubcommands: true })
  .exitOverride();
addAllocations(program);

addPluginCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said why
  const expected = [ConfigError, ProvisionerLoadError, Refusal].some((kind) => error instanceof kind);
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${expected ? message : (stack ?? message)}\n`);
  return 1;
}
