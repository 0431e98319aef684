#!/usr/bin/env node
/** The operators' command line. How it exits: `EXIT`. */
import 'reflect-metadata';
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/problems.js';
import { ProvisionerLoadError } from '../provisioner/loader.js';
import { addActions } from './actions.js';
import { addAllocations } from './allocations.js';
import { addConfig } from './config.js';
import { addDeliveries } from './deliveries.js';
import { addDoctor } from './doctor/doctor.js';
import { EXIT, type Exit } from './exit.js';
import { addInstallations } from './installations.js';
import { addPluginCommands } from './plugin.js';
import { endWithReader } from './print/print.js';
import { Refusal } from './refusal.js';
import { addSend } from './send.js';
import { addTransitions } from './transitions.js';

endWithReader();

const program = new Command('drawbridge')
  .description('Drawbridge for operators and plugin teams')
  .showHelpAfterError('(drawbridge --help lists all commands)')
  .configureHelp({ sortSubcommands: true })
  .exitOverride();
addActions(program);
addAllocations(program);
addConfig(program);
addDeliveries(program);
addDoctor(program);
addInstallations(program);
addPluginCommands(program);
addSend(program);
addTransitions(program);

try {
  await program.parseAsync();
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
