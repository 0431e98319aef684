/** `drawbridge deliveries …` */
import type { Command } from 'commander';
import type { DeliveryAnswer } from '../../api/deliveries/delivery-answer.js';
import type { DeliveryDetail } from '../../api/deliveries/delivery-detail.js';
import { request } from '../api/request.js';
import { addLimits, list, type ListOptions } from '../api/pages.js';
import { addServer, serverOf, type ServerOptions } from '../api/server.js';
import { printDeliveries, printDelivery } from './deliveries-print.js';
import { addJson, print, type OutputOptions } from '../print/print.js';

type Options = ServerOptions & OutputOptions;
type Filter = Record<
  'type' | 'result' | 'installation' | 'deployment' | 'since' | 'until',
  string | undefined
>;

interface Replayed {
  delivery: string;
  replayOf: string;
}

/** Adds `deliveries list|show|replay`. */
export function addDeliveries(program: Command): void {
  const deliveries = program.command('deliveries').description('the webhooks received from Vercel');
  addList(deliveries);
  addServer(addJson(deliveries.command('show')))
    .description('show a webhook: its signed body, and what it changed')
    .argument('<id>', 'id of the delivery')
    .action(async (id: string, options: Options) => {
      const path = `deliveries/${encodeURIComponent(id)}`;
      print(
        await request<DeliveryDetail>(serverOf(options), path, { has: 'transitions' }),
        options,
        printDelivery,
      );
    });
  addServer(addJson(deliveries.command('replay')))
    .description('process a webhook again; the audit stores your name and the reason')
    .argument('<id>', 'id of the delivery')
    .requiredOption('--reason <text>', 'the reason, in one line')
    .action(async (id: string, options: Options & { reason: string }) => {
      const command = { has: 'delivery', method: 'POST', body: { reason: options.reason } } as const;
      const path = `deliveries/${encodeURIComponent(id)}/replay`;
      print(await request<Replayed>(serverOf(options), path, command), options, formatReplay);
    });
}

const formatReplay = ({ delivery, replayOf }: Replayed): string =>
  `delivery ${delivery}: replays ${replayOf}`;

function addList(deliveries: Command): void {
  addServer(addLimits(addJson(deliveries.command('list'))))
    .description('list webhooks that match all filters, newest first')
    .option('--type <type>', "Vercel's event type: deployment.integration.action.start")
    .option('--result <results>', 'recorded or ignored')
    .option('--installation <id>', 'icfg_…')
    .option('--deployment <id>', 'dpl_…')
    .option('--since <time>', 'received at this time or later: 2026-01-31 or 2026-01-31T12:00:00Z')
    .option('--until <time>', 'received before this time')
    .action(async (options: Options & ListOptions & Filter) => {
      const { type, result, installation, deployment, since, until } = options;
      const filter = { type, result, installation, deployment, since, until };
      print(
        await list<DeliveryAnswer>(serverOf(options), 'deliveries', filter, options),
        options,
        printDeliveries,
      );
    });
}
