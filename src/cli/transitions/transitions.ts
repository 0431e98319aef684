/** `drawbridge transitions …` */
import type { Command } from 'commander';
import type { TransitionAnswer } from '../../api/actions/action-answer.js';
import { LARGEST_LIMIT } from '../../http/paging/page-size.js';
import { request, type Query } from '../api/request.js';
import { addServer, serverOf, type ApiServer, type ServerOptions } from '../api/server.js';
import { type OutputOptions, printMessage, printLine } from '../print/print.js';
import { plain, tint, toneOf } from '../print/text.js';
import { streamTransitions } from './transitions-stream.js';

interface TailOptions extends ServerOptions, OutputOptions {
  readonly since?: string;
  readonly action?: string;
  readonly event?: string;
  readonly actor?: string;
}

/** Adds `transitions tail`. */
export function addTransitions(program: Command): void {
  const transitions = program
    .command('transitions')
    .description('the audit: every state change of every action');
  addServer(transitions.command('tail'))
    .description('show state changes live until Ctrl-C; reconnects automatically')
    .option('--since <time>', 'start with the changes since this time: 2026-01-31 or 2026-01-31T12:00:00Z')
    .option('--action <id>', 'only of this action')
    .option('--event <events>', 'only these events, comma-separated: start,fail,retry')
    .option('--actor <actor>', 'only by this actor: vercel, worker, sweeper or operator:<name>')
    .option('--json', 'one JSON object per line')
    .action(tail);
}

async function tail(options: TailOptions): Promise<void> {
  const server = serverOf(options);
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  const show = (transition: TransitionAnswer): void =>
    printLine(options.json ? JSON.stringify(transition) : formatTransition(transition));
  const after = options.since === undefined ? null : await catchUp(server, options, show);
  if (after === null) await validateFilters(server, options);
  const { signal } = end;
  for await (const transition of streamTransitions(server, {
    after,
    action: options.action,
    signal,
    notify: printMessage,
  })) {
    if (isWanted(transition, options)) show(transition);
  }
}

/**
 * Lets the server validate the filters once, because the stream itself filters only by action. @throws
 * CommandError
 */
async function validateFilters(server: ApiServer, { action, event, actor }: TailOptions): Promise<void> {
  const query: Query = { action, event, actor, limit: '1', cursor: END };
  await request<FeedPage>(server, 'transitions', { has: 'items', query });
}

/** A cursor after the last possible transition. */
const END = String(2n ** 63n - 1n);

interface FeedPage {
  items: TransitionAnswer[];
  next: string | null;
  cursor: string;
}

/** Shows the existing transitions. Returns the cursor where the stream continues. */
async function catchUp(
  server: ApiServer,
  { since, action, event, actor }: TailOptions,
  show: (transition: TransitionAnswer) => void,
): Promise<string> {
  let page: FeedPage | null = null;
  do {
    const query: Query = { since, action, event, actor, limit: String(LARGEST_LIMIT), cursor: page?.cursor };
    page = await request<FeedPage>(server, 'transitions', { has: 'items', query });
    page.items.forEach(show);
  } while (page.next !== null);
  return page.cursor;
}

function isWanted(transition: TransitionAnswer, { event, actor }: TailOptions): boolean {
  const events: readonly string[] | undefined = event?.split(',');
  return (events?.includes(transition.event) ?? true) && (actor ?? transition.actor) === transition.actor;
}

function formatTransition({ at, actionId, event, from, to, actor, reason }: TransitionAnswer): string {
  const time = at.slice(11, 19);
  const why = reason === null ? '' : `: ${plain(reason)}`;
  return `${time}  ${actionId}  ${from} → ${tint(toneOf(to), to)}  ${event} by ${plain(actor)}${why}`;
}
