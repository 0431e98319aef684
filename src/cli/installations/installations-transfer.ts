import type { Command } from 'commander';
import { ask } from '../api/ask.js';
import { addServer, serverOf, type ServerOptions } from '../api/server.js';
import { addJson, print, type OutputOptions } from '../print/print.js';

/** As the API answers it. */
interface Resource {
  installationId: string;
  id: string;
  productId: string;
  name: string;
}

type Options = ServerOptions & OutputOptions & { from: string; to: string };

/** Adds `installations transfer-resource`. */
export function addTransfer(installations: Command): void {
  addServer(addJson(installations.command('transfer-resource')))
    .description(
      'state that a resource moved to another installation; its actions and allocations move along',
    )
    .argument('<resource>', "the provider's own id")
    .requiredOption('--from <id>', 'icfg_…, where it was')
    .requiredOption('--to <id>', 'icfg_…, where it is at Vercel')
    .action(async (resource: string, options: Options) => {
      const server = serverOf(options);
      const at = (id: string) =>
        `installations/${encodeURIComponent(id)}/resources/${encodeURIComponent(resource)}`;
      const { productId, name } = await ask<Resource>(server, at(options.from), { has: 'productId' });
      const body = { productId, name, transferredFrom: options.from };
      const moved = await ask<Resource>(server, at(options.to), { has: 'productId', method: 'PUT', body });
      print(
        moved,
        options,
        ({ id, installationId }) => `resource ${id}: now of installation ${installationId}`,
      );
    });
}
