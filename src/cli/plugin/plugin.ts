/** `drawbridge plugin …`: for teams that write a provisioner. */
import { Option, type Command } from 'commander';
import type { CheckOptions, NewOptions } from './plugin-run.js';

export function addPluginCommands(program: Command): void {
  const plugin = program.command('plugin').description('create and check your own provisioner');
  plugin
    .command('new')
    .description('create an npm package with a working provisioner and tests')
    .argument('<name>', "the package's name: acme-bucket or @acme/bucket")
    .option('--dir <dir>', 'the folder to create; default: the name of the plugin')
    .option('--drawbridge <source>', 'source of drawbridge for npm: a tarball, a folder, a URL or a version')
    .action(async (name: string, options: NewOptions, command: Command) => {
      const { makeNew } = await loadCommands();
      await makeNew(name, options, command);
    });
  plugin
    .command('check')
    .description(
      'load a provisioner like a server started in this folder, validate its configuration and run its check',
    )
    .argument('<name>', 'a builtin, or a package installed in this folder')
    .option(
      '--config <file>',
      'YAML or JSON file with its configuration; default: the configurations in actions.yaml',
    )
    .addOption(new Option('--config-json <json>', 'its configuration as JSON').conflicts('config'))
    .option('--json', 'print JSON')
    .action(async (name: string, options: CheckOptions, command: Command) => {
      const { check } = await loadCommands();
      await check(name, options, command);
    });
}

/** Loads the commands on demand, so that other commands start faster. */
const loadCommands = () => import('./plugin-run.js');
