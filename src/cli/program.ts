import { Command } from 'commander';
import { addActions } from './actions/actions.js';
import { addAllocations } from './allocations/allocations.js';
import { addConfig } from './config.js';
import { addDeliveries } from './deliveries/deliveries.js';
import { addDoctor } from './doctor/doctor.js';
import { addInstallations } from './installations/installations.js';
import { addKeys } from './keys/keys.js';
import { addPluginCommands } from './plugin/plugin.js';
import { addSend } from './send.js';
import { addTransitions } from './transitions/transitions.js';

/**
 * Creates the program with all commands. Usage errors are thrown as a CommanderError after they have been
 * printed.
 */
export function createProgram(): Command {
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
  addKeys(program);
  addPluginCommands(program);
  addSend(program);
  addTransitions(program);
  return program;
}
