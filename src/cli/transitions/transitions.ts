/** `drawbridge transitions …` */
import type { Command } from 'commander';
import type { TransitionAnswer } from '../../api/actions/action-answer.js';
import { ask, type Query } from '../api/ask.js';
import { addServer, serverOf, type ApiServer, type ServerOptions } from '../api/server.js';
import { writeError, write, type OutputOptions } from '../print/print.js';
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
  const transitions = program.command('transitions').description('the audit: every change of every action');
  addServer(transitions.command('tail'))
    .description('show changes as they happen, until Ctrl-C; goes on by itself when the server comes back')
    .option('--since <time>', 'first those since then: 2026-01-31 or 2026-01-31T12:00:00Z')
    .option('--action <id>', 'of this action alone')
    .option('--event <events>', 'only these, separated by commas: start,fail,retry')
    .option('--actor <actor>', 'only by vercel, worker, sweeper or operator:<name>')
    .option('--json', 'one JSON object per line')
    .action(tail);
}

async function tail(options: TailOptions): Promise<void> {
  const server = serverOf(options);
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  const show = (transition: TransitionAnswer): void =>
    write(options.json ? JSON.stringify(transition) : inWords(transition));
  const after = options.since === undefined ? null : await catchUp(server, options, show);
  if (after === null) await refuseUnknown(server, options);
  const { signal } = end;
  for await (const transition of streamTransitions(server, {
    after,
    action: options.action,
    signal,
    say: writeError,
  })) {
    if (isWanted(transition, options)) show(transition);
  }
}

/** The stream takes no filter but the action: what the server does not know would be waited for in silence. @throws Refusal */
async function refuseUnknown(server: ApiServer, { action, event, actor }: TailOptions): Promise<void> {
  const query: Query = { action, event, actor, limit: '1', cursor: END };
  await ask<FeedPage>(server, 'transitions', { has: 'items', query });
}

/** After every transition there will ever be. */
const END = String(2n ** 63n - 1n);

interface FeedPage {
  items: TransitionAnswer[];
  next: string | null;
  cursor: string;
}

/** What there was already. Returns where the stream goes on. */
async function catchUp(
  server: ApiServer,
  { since, action, event, actor }: TailOptions,
  show: (transition: TransitionAnswer) => void,
): Promise<string> {
  let page: FeedPage | null = null;
  do {
    const query: Query = { since, action, event, actor, limit: '200', cursor: page?.cursor };
    page = await ask<FeedPage>(server, 'transitions', { has: 'items', query });
    page.items.forEach(show);
  } while (page.next !== null);
  return page.cursor;
}

function isWanted(transition: TransitionAnswer, { event, actor }: TailOptions): boolean {
  const events: readonly string[] | undefined = event?.split(',');
  return (events?.includes(transition.event) ?? true) && (actor ?? transition.actor) === transition.actor;
}

function inWords({ at, actionId, event, from, to, actor, reason }: TransitionAnswer): string {
  const time = at.slice(11, 19);
  const why = reason === null ? '' : `: ${plain(reason)}`;
  return `${time}  ${actionId}  ${from} → ${tint(toneOf(to), to)}  ${event} by ${plain(actor)}${why}`;
}
