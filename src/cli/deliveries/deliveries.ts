/** `drawbridge deliveries …` */
import type { Command } from 'commander';
import type { DeliveryAnswer } from '../../api/deliveries/delivery-answer.js';
import type { DeliveryDetail } from '../../api/deliveries/delivery-detail.js';
import { ask } from '../api/ask.js';
import { addLimits, list, type ListOptions } from '../api/pages.js';
import { addServer, serverOf, type ServerOptions } from '../api/server.js';
import { printDeliveries, printDelivery } from './deliveries-print.js';
import { addJson, print, type OutputOptions } from '../print/print.js';

type Asking = ServerOptions & OutputOptions;
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
  const deliveries = program.command('deliveries').description('the webhooks that Vercel has sent');
  addList(deliveries);
  addServer(addJson(deliveries.command('show')))
    .description('one webhook: its body as it was signed, and what it changed')
    .argument('<id>', 'of the delivery')
    .action(async (id: string, options: Asking) => {
      const path = `deliveries/${encodeURIComponent(id)}`;
      print(
        await ask<DeliveryDetail>(serverOf(options), path, { has: 'transitions' }),
        options,
        printDelivery,
      );
    });
  addServer(addJson(deliveries.command('replay')))
    .description('let a webhook happen again; stands in the audit with your name and the reason')
    .argument('<id>', 'of the delivery')
    .requiredOption('--reason <text>', 'why, in one line')
    .action(async (id: string, options: Asking & { reason: string }) => {
      const question = { has: 'delivery', method: 'POST', body: { reason: options.reason } } as const;
      const path = `deliveries/${encodeURIComponent(id)}/replay`;
      print(await ask<Replayed>(serverOf(options), path, question), options, inWords);
    });
}

const inWords = ({ delivery, replayOf }: Replayed): string => `delivery ${delivery}: replays ${replayOf}`;

function addList(deliveries: Command): void {
  addServer(addLimits(addJson(deliveries.command('list'))))
    .description('the newest webhooks; all filters that are given must hold')
    .option('--type <type>', "Vercel's type of the event: deployment.integration.action.start")
    .option('--result <results>', 'recorded or ignored')
    .option('--installation <id>', 'icfg_…')
    .option('--deployment <id>', 'dpl_…')
    .option('--since <time>', 'received then or later: 2026-01-31 or 2026-01-31T12:00:00Z')
    .option('--until <time>', 'received before')
    .action(async (options: Asking & ListOptions & Filter) => {
      const { type, result, installation, deployment, since, until } = options;
      const filter = { type, result, installation, deployment, since, until };
      print(
        await list<DeliveryAnswer>(serverOf(options), 'deliveries', filter, options),
        options,
        printDeliveries,
      );
    });
}
