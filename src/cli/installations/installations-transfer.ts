import type { Command } from 'commander';
import { request } from '../api/request.js';
import { addServer, serverOf, type ServerOptions } from '../api/server.js';
import { addJson, print, type OutputOptions } from '../print/print.js';

/** A resource in the API. */
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
      'move a resource, with its actions and allocations, to the installation that owns it at Vercel',
    )
    .argument('<resource>', "the provider's id of the resource")
    .requiredOption('--from <id>', 'the former installation: icfg_…')
    .requiredOption('--to <id>', 'the installation at Vercel: icfg_…')
    .action(async (resource: string, options: Options) => {
      const server = serverOf(options);
      const at = (id: string) =>
        `installations/${encodeURIComponent(id)}/resources/${encodeURIComponent(resource)}`;
      const { productId, name } = await request<Resource>(server, at(options.from), { has: 'productId' });
      const body = { productId, name, transferredFrom: options.from };
      const moved = await request<Resource>(server, at(options.to), {
        has: 'productId',
        method: 'PUT',
        body,
      });
      print(
        moved,
        options,
        ({ id, installationId }) => `resource ${id}: now belongs to installation ${installationId}`,
      );
    });
}
