/** `drawbridge plugin …`: for teams that write a provisioner. */
import { Option, type Command } from 'commander';
import type { CheckOptions, NewOptions } from './plugin-run.js';

export function addPluginCommands(program: Command): void {
  const plugin = program.command('plugin').description('write and check a provisioner of your own');
  plugin
    .command('new')
    .description('write an npm package with a provisioner whose tests pass')
    .argument('<name>', "the package's name: acme-bucket or @acme/bucket")
    .option('--dir <dir>', 'the folder to make; unless told, one below this with the name of the plugin')
    .option(
      '--drawbridge <source>',
      'where npm gets drawbridge from: a tarball, a folder, a URL or a version',
    )
    .action(async (name: string, options: NewOptions, command: Command) => {
      const { makeNew } = await running();
      await makeNew(name, options, command);
    });
  plugin
    .command('check')
    .description(
      'load a provisioner as the server would from here, validate its configuration and run its check',
    )
    .argument('<name>', 'a builtin, or a package that is installed here')
    .option('--config <file>', 'its configuration, in YAML or JSON; unless told, those of actions.yaml')
    .addOption(new Option('--config-json <json>', 'its configuration').conflicts('config'))
    .option('--json', 'answer in JSON')
    .action(async (name: string, options: CheckOptions, command: Command) => {
      const { check } = await running();
      await check(name, options, command);
    });
}

/** Loaded when it is needed: the other commands need not wait for it. */
const running = () => import('./plugin-run.js');
